"""A reading nobody asked for that empties a calendar is not believed the first time."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from calendarsync import engine
from calendarsync.models import SyncedUser
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
