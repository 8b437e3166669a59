"""A reading nobody asked for that empties a calendar is not believed the first time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from calendarsync import engine, suspicion
from calendarsync.models import Provider, SyncedUser
from mss.simulators.world import World
from tests.conftest import hire

from . import arrange as f

ANNA = "anna@contoso.test"

pytestmark = pytest.mark.django_db


def empty(world: World, *emails: str) -> None:
    for email in emails:
        for event in list(world.events.values()):
            if event.person_id == world.person(email).id:
                world.delete(event.id)


def fill(world: World, email: str, number: int) -> None:
    for hours in range(number):
        f.book(world, email, 24 + hours)


def test_an_emptied_calendar_is_believed_a_minute_later(world: World) -> None:
    f.provider(world, ANNA)
    fill(world, ANNA, 5)
    f.synchronise()
    empty(world, ANNA)
    f.periodic()
    assert len(f.shown(world, ANNA)) == 5
    assert f.user(ANNA).suspect_since is not None
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        f.periodic()
    assert f.shown(world, ANNA) == []


def test_a_calendar_that_is_full_again_is_no_longer_suspected(world: World) -> None:
    f.provider(world, ANNA)
    fill(world, ANNA, 5)
    f.synchronise()
    events = list(world.events.values())
    for event in events:
        world.change(event.id, show_as="free")
    f.periodic()
    for event in events:
        world.change(event.id, show_as="busy")
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        f.periodic()
    assert len(f.shown(world, ANNA)) == 5
    assert f.user(ANNA).suspect_since is None


def test_four_bookings_are_too_few_to_suspect(world: World) -> None:
    f.provider(world, ANNA)
    fill(world, ANNA, 4)
    f.synchronise()
    empty(world, ANNA)
    f.periodic()
    assert f.shown(world, ANNA) == []


def test_a_knock_is_believed_at_once(world: World) -> None:
    f.provider(world, ANNA)
    fill(world, ANNA, 9)
    f.synchronise()
    empty(world, ANNA)
    f.synchronise(ANNA)
    assert f.shown(world, ANNA) == []


def test_too_many_emptied_people_stop_the_provider_until_somebody_says_go_on(world: World) -> None:
    tenant = next(iter(world.tenants.values()))
    emails = [f"p{n}@contoso.test" for n in range(12)]
    for n, email in enumerate(emails):
        hire(world, tenant, f"{email.split('@')[0]} Test", f"+4610200{n:04}")
    made = f.provider(world, *emails)
    for email in emails:
        fill(world, email, 5)
    f.synchronise()
    empty(world, *emails)
    f.periodic()
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        f.periodic()
        made.refresh_from_db()
        assert made.braked_at is not None
        assert sum(f.shown(world, email) == [] for email in emails) == 9
        f.periodic()
        assert sum(f.shown(world, email) == [] for email in emails) == 9
        SyncedUser.objects.wish()  # the administrator: go on anyway
        engine.run()
    assert [f.shown(world, email) for email in emails] == [[]] * 12


def test_a_doubt_that_a_knock_has_settled_is_not_remembered(world: World) -> None:
    """Else the next calendar that is empty by mistake would be believed at once."""
    f.provider(world, ANNA)
    for seconds in (0, 100):
        with later(seconds):
            fill(world, ANNA, 5)
            f.synchronise()
            empty(world, ANNA)
            f.periodic()
            assert len(f.shown(world, ANNA)) == 5
            f.synchronise(ANNA)
            assert f.shown(world, ANNA) == []


# The two answers: 12 of 40 mailboxes are emptied by mistake

FORTY = [f"p{n}@contoso.test" for n in range(40)]
TWELVE = FORTY[:12]


@pytest.fixture
def braked(world: World) -> Provider:
    """Twelve of forty mailboxes were found empty twice; nine were believed, at the tenth the provider stopped."""
    tenant = next(iter(world.tenants.values()))
    for n, email in enumerate(FORTY):
        hire(world, tenant, f"{email.split('@')[0]} Test", f"+4610200{n:04}")
    made = f.provider(world, *FORTY)
    for email in TWELVE:
        fill(world, email, 5)
    f.synchronise()
    empty(world, *TWELVE)
    f.periodic(*TWELVE)
    with later(70):
        f.periodic(*TWELVE)
    made.refresh_from_db()
    assert made.braked_at is not None
    assert kept(world) == 3
    return made


def kept(world: World) -> int:
    """Of how many of the twelve One X still shows what they had."""
    return sum(len(f.shown(world, email)) >= 5 for email in TWELVE)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        yield


def test_a_stopped_provider_says_how_many_were_emptied_and_how_many_of_them_are_kept(
    braked: Provider,
) -> None:
    assert suspicion.emptied(braked, timezone.now()) == 12
    assert suspicion.doubted(braked).count() == 3


def test_going_on_withdraws_what_is_gone_and_nothing_else(world: World, braked: Provider) -> None:
    other = f.book(world, FORTY[30])
    f.synchronise(FORTY[30])
    with later(100):
        assert suspicion.believe(braked, timezone.now()) == 3
        engine.run()
        braked.refresh_from_db()
        assert (braked.braked_at, kept(world)) == (None, 0)
        assert f.shown(world, FORTY[30]) == [(other.starts_at, other.ends_at, "meeting", "none")]
        assert suspicion.doubted(braked).count() == 0


def test_going_on_wishes_for_those_emptied_and_for_nobody_else(braked: Provider) -> None:
    before = dict(SyncedUser.objects.values_list("pk", "asked_seq"))
    doubted = set(suspicion.doubted(braked).values_list("pk", flat=True))
    suspicion.believe(braked, timezone.now())
    wished = {pk for pk, seq in SyncedUser.objects.values_list("pk", "asked_seq") if seq != before[pk]}
    assert wished == doubted


@pytest.mark.parametrize("answer", [suspicion.believe, suspicion.keep], ids=["go on", "keep"])
def test_after_an_answer_ten_more_stop_the_provider_again(
    world: World, braked: Provider, answer: Callable[..., int]
) -> None:
    more = FORTY[12:24]
    for email in more:
        fill(world, email, 5)
    f.synchronise(*more)
    with later(100):
        answer(braked, timezone.now())
        engine.run()
        empty(world, *more)
        f.periodic(*more[:9])
    with later(200):
        f.periodic(*more[:9])
        braked.refresh_from_db()
        assert braked.braked_at is None
        f.periodic(*more[9:])
    with later(300):
        f.periodic(*more[9:])
        braked.refresh_from_db()
        assert braked.braked_at is not None


def test_kept_absences_stay_whatever_reads_the_empty_calendar(world: World, braked: Provider) -> None:
    with later(100):
        assert suspicion.keep(braked, timezone.now()) == 3
        f.periodic()
        f.synchronise()  # a changed rule, a press on *Testa synkningen nu*
        braked.refresh_from_db()
        assert (braked.braked_at, kept(world)) == (None, 3)
    with later(7200):
        f.periodic()
        assert kept(world) == 3
        assert suspicion.doubted(braked).count() == 3


def test_who_keeps_something_is_otherwise_served_as_always(world: World, braked: Provider) -> None:
    email = suspicion.doubted(braked)[0].email
    with later(100):
        suspicion.keep(braked, timezone.now())
        f.book(world, email, 100, show_as="oof")
        f.synchronise(email)
        assert len(f.shown(world, email)) == 6
        event = next(each for each in world.events.values() if each.person_id == world.person(email).id)
        world.change(event.id, show_as="free")
        f.synchronise(email)
        assert len(f.shown(world, email)) == 5
        assert f.user(email).kept_since is not None


def test_what_is_kept_ends_when_the_bookings_are_found_again(world: World, braked: Provider) -> None:
    """Restored as others restore mailboxes: the same meetings under new ids."""
    email = suspicion.doubted(braked)[0].email
    with later(100):
        suspicion.keep(braked, timezone.now())
        fill(world, email, 4)
        f.periodic(email)
        assert len(f.shown(world, email)) == 9
        fill(world, email, 1)
        f.periodic(email)
        assert f.user(email).kept_since is None
        assert len(f.shown(world, email)) == 5
        assert suspicion.doubted(braked).count() == 2


def test_what_is_kept_lasts_no_longer_than_the_bookings(world: World, braked: Provider) -> None:
    with later(100):
        suspicion.keep(braked, timezone.now())
    with later(3 * 24 * 3600):
        f.periodic(*TWELVE)
        assert suspicion.doubted(braked).count() == 0


def test_a_kept_calendar_can_still_be_believed(world: World, braked: Provider) -> None:
    with later(100):
        suspicion.keep(braked, timezone.now())
        f.periodic(*TWELVE)
        assert suspicion.believe(braked, timezone.now()) == 3
        engine.run()
        assert kept(world) == 0


def test_who_is_switched_off_keeps_nothing(world: World, braked: Provider) -> None:
    with later(100):
        suspicion.keep(braked, timezone.now())
        SyncedUser.objects.update(active=False)
        f.synchronise()
        assert kept(world) == 0
