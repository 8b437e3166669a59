"""Whatever Microsoft or One X answers: nothing spins, nobody's lease hangs, and the others arrive."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Company
from calendarsync import connect, engine, extensions, subscriptions, watch
from calendarsync.core.ports import Unavailable
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser
from mss.simulators.pbx import Extension, Pbx
from mss.simulators.world import Event, World

from . import arrange as f
from . import during

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)  # no instant in a zone east of Greenwich: this item cannot be read

pytestmark = pytest.mark.django_db(transaction=True)


class Stubborn(Pbx):
    """Answers as it likes, the first twenty times."""

    def __init__(self, like: Pbx, **answer: Any) -> None:
        super().__init__(like.clock, like.lock)
        self.customers, self.extensions, self.answer = like.customers, like.extensions, answer

    def apply(self, customer_id: str, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.calls >= 20:
            return super().apply(customer_id, changes)
        self.calls += 1
        usual = {"status": "stale", "held_version": changes[0]["version"] + 5}
        return [{"key": change["key"]} | usual | self.answer for change in changes]


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        pytest.param({}, 2, id="always stale: at once, then later"),
        pytest.param({"held_version": 2**62}, 1, id="a version to end all versions"),
        pytest.param({"held_version": 2**80}, 1, id="a version no database holds"),
        pytest.param({"status": "rejected", "code": "x" * 60}, 1, id="a code too long to keep"),
        pytest.param({"status": "rejected", "code": "x\0"}, 1, id="a code with NUL"),
    ],
)
def test_one_x_is_not_hammered_whatever_it_answers(
    world: World, move_to: Any, answer: dict[str, Any], calls: int
) -> None:
    f.provider(world, ANNA)
    world.pbx = pbx = Stubborn(world.pbx, **answer)
    f.book(world, ANNA)
    engine.run()
    assert pbx.calls == calls
    assert list(SyncedUser.objects.values_list("lease_token", "claims_without_release")) == [(None, 0)]


@pytest.mark.parametrize(("name", "kept"), [("Anna\0", "Anna"), ("x" * 300, "x" * 200)], ids=["NUL", "long"])
def test_a_name_of_one_x_is_kept_as_far_as_it_can_be(world: World, name: str, kept: str) -> None:
    made = f.provider(world, ANNA)
    world.pbx.extensions["anna"].name = name
    extensions.refresh(made.company, connect.pbx(made.company), timezone.now())
    assert f.user(ANNA).name == kept


@pytest.mark.parametrize("name", [None, 7], ids=repr)
def test_a_list_with_what_is_no_name_is_not_believed(world: World, name: Any) -> None:
    made = f.provider(world, ANNA)
    world.pbx.extensions["anna"].name = name
    with pytest.raises(Unavailable, match="bad_answer"):
        extensions.refresh(made.company, connect.pbx(made.company), timezone.now())
    assert f.user(ANNA).name == "Anna Berg"


@pytest.mark.parametrize("name", ["Europe", "Nowhere/Land", "x" * 64, "../etc/passwd"])
def test_a_zone_that_is_none_is_swedens(world: World, name: str) -> None:
    world.pbx.customers["contoso"].time_zone = name
    made = f.provider(world, ANNA)
    event = f.book(world, ANNA)
    engine.run()
    assert connect.zone(made.company).key == "Europe/Stockholm"
    assert [row[0] for row in f.shown(world, ANNA)] == [event.starts_at]


def test_one_x_that_speaks_of_another_customer_is_not_believed(world: World, run: Any) -> None:
    world.pbx.customers["contoso"].id = "fabrikam"
    asked = ["--customer", "contoso", "--kind", "exchange_online", "--name", "Office 365"]
    code, out, _ = run("addprovider", *asked, "--tenant", next(iter(world.tenants)))
    assert (code, out, Company.objects.count(), Provider.objects.count()) == (4, "", 0, 0)


# An item that cannot be read.


@pytest.fixture
def unreadable(world: World) -> Event:
    """An item of Anna's that cannot be read, in a calendar that was."""
    f.provider(world, ANNA, all_private=False)
    day = timezone.now().date() + timedelta(days=2)
    times, kind = (day, day + timedelta(days=1)), {"all_day": True, "show_as": "busy", "zone": "UTC"}
    event = world.book(world.person(ANNA).id, "Planering", *times, **kind)
    f.synchronise()
    return world.change(event.id, starts_at=LONG_AGO)


def test_an_unreadable_item_keeps_what_stands_and_slows_nobody(world: World, unreadable: Event) -> None:
    f.synchronise()
    user = f.user(ANNA)
    assert (user.dirty, user.trouble, user.not_before, len(f.shown(world, ANNA))) == (
        False,
        "unreadable_items",
        None,
        1,
    )
    assert timedelta(minutes=4) < user.read_due_at - timezone.now() < timedelta(minutes=6)
    new = f.book(world, ANNA, 5)
    f.synchronise()
    assert f.shown(world, ANNA)[0][:2] == (new.starts_at, new.ends_at)


def test_an_unreadable_item_that_became_private_is_withdrawn(world: World, unreadable: Event) -> None:
    world.change(unreadable.id, sensitivity="private")
    f.synchronise()
    assert (f.shown(world, ANNA), f.user(ANNA).trouble) == ([], "")


# A mailbox that is missing.


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param({"status": 503}, id="a passing error"),
        pytest.param({"status": 403, "code": "ErrorAccessDenied"}, id="another word for it"),
    ],
)
def test_nothing_that_passes_stops_the_clock_of_a_missing_mailbox(
    world: World, meanwhile: dict[str, Any]
) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA, hours=100)
    f.synchronise()
    world.person(ANNA).mailbox = False
    f.synchronise()
    start = timezone.now()
    with time_machine.travel(start) as clock:
        for hours in (12, 23, 25):
            clock.move_to(start + timedelta(hours=hours))
            if hours < 25:
                world.faults.add("graph", "calendarView", part=True, **meanwhile)
            SyncedUser.objects.update(not_before=None)
            f.periodic()
            world.faults.clear()
        assert f.shown(world, ANNA) == []


# What nobody foresaw.


class Unforeseen(Exception):  # noqa: N818
    """Nobody handles this one."""


def breaks() -> None:
    raise Unforeseen


@pytest.mark.parametrize(
    "point", ["sync.claimed", "sync.before_commit", "deliver.answered", "turn.before_release"]
)
def test_a_turn_that_fails_lets_its_users_go_and_tells(world: World, point: str) -> None:
    made = f.provider(world, ANNA, BERTIL)
    f.book(world, ANNA)
    with during.between(point, breaks):
        done = engine.turn(made.pk, timezone.now())
    assert done is not None
    assert done.stored.failed == {user.pk: "internal" for user in SyncedUser.objects.all()}
    assert list(SyncedUser.objects.values_list("lease_token", "claims_without_release")) == [(None, 1)] * 2
    SyncedUser.objects.update(not_before=None)
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    engine.run()
    assert list(SyncedUser.objects.values_list("lease_token", "claims_without_release")) == [(None, 0)] * 2
    assert len(f.shown(world, ANNA)) == 1


def test_a_failure_of_one_part_of_the_upkeep_leaves_the_others(world: World, knocks: Any) -> None:
    made = f.provider(world, ANNA, BERTIL)
    f.synchronise()
    made.users.filter(email=BERTIL).update(state="removing", due_at=timezone.now() + timedelta(days=1))
    with during.between("subscriptions.noted", breaks):
        watch.keep_house(timezone.now())
    assert list(SyncedUser.objects.values_list("email", flat=True)) == [ANNA]
    assert Company.objects.filter(extensions_at=None).count() == 0


def test_a_list_of_extensions_that_failed_is_asked_for_five_minutes_later(world: World) -> None:
    f.provider(world)

    def listings(minutes: int) -> int:
        before = sum(each.path.endswith("/extensions") for each in world.requests)
        watch.keep_house(timezone.now() + timedelta(minutes=minutes))
        return sum(each.path.endswith("/extensions") for each in world.requests) - before

    world.faults.add("onex", "/extensions", status=401, times=None)
    assert [listings(minutes) for minutes in (0, 1, 4, 6, 7)] == [1, 0, 0, 1, 0]


# One X's trouble is not Microsoft's.


def test_a_refusal_of_one_x_is_not_taken_for_microsofts(world: World, knocks: Any) -> None:
    made = f.provider(world, ANNA, plugin_enabled=True)
    f.synchronise()
    world.secrets.onex_token = "another"
    connect.forget()
    f.synchronise()
    made.refresh_from_db()
    assert (made.trouble, f.user(ANNA).trouble, f.user(ANNA).dirty) == ("", "unreachable", True)


def test_subscriptions_need_no_one_x(world: World, knocks: Any) -> None:
    made = f.provider(world, ANNA, plugin_enabled=True)
    f.synchronise()
    world.secrets.onex_token = "another"
    connect.forget()
    subscriptions.tend(made, timezone.now())
    assert list(Subscription.objects.values_list("trouble", flat=True)) == [""]


# Two people, one mailbox.


def test_two_people_of_one_mailbox_both_follow_its_knocks(world: World, knocks: Any) -> None:
    world.person(ANNA).aliases.append("desk@contoso.test")
    world.pbx.extensions["desk"] = Extension(
        "desk", "contoso", "+46101000099", "Disken", "desk@contoso.test", []
    )
    made = f.provider(world, ANNA, "desk@contoso.test")
    engine.run()
    while subscriptions.tend(made, timezone.now()):
        engine.run()
    event = f.book(world, ANNA)
    turns = engine.run()
    held = world.pbx.held("contoso")
    assert sorted(each.change.extension for each in held) == ["anna", "desk"]
    assert {each.change.absence.starts_at for each in held if each.change.absence} == {event.starts_at}
    assert len(turns) == 2
