"""One X comes to hold what our rows say, whatever it answers, or fails to."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from calendarsync import engine, lease
from calendarsync.core.ports import Applied, Stale
from calendarsync.deliver import Sent, _note
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from mss.simulators.world import Event, World

from . import arrange as f

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

pytestmark = pytest.mark.django_db

APPLY = "absences:apply"


def again() -> list[engine.Turn]:
    """The next attempt, as if its time had come."""
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    return engine.run()


def reads(world: World) -> int:
    return sum("calendarView" in request.path for request in world.requests)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "retry_after": 20},
        {"status": 429, "retry_after": 20},
        {"status": 500},
        {"status": 401},
        {"reset": True},
        {"garbage": True},
        {"status": 500, "after_applying": True},
    ],
    ids=str,
)
def test_what_one_x_did_not_take_is_sent_again_without_reading_outlook(
    world: World, fault: dict[str, object]
) -> None:
    f.provider(world, ANNA)
    event = f.book(world, ANNA)
    world.faults.add(face="onex", path=APPLY, **fault)
    f.synchronise()
    row = SyncedBooking.objects.get()
    assert (row.version, row.attempted_version, row.delivered_version) == (1, 1, 0)
    assert f.user(ANNA).last_synced_at is None
    before = reads(world)
    again()
    assert f.shown(world, ANNA) == [(event.starts_at, event.ends_at, "meeting", "none")]
    row.refresh_from_db()
    assert (row.version, row.delivered_version) == (1, 1)
    assert reads(world) - before == 0
    assert f.user(ANNA).last_synced_at is not None


def test_being_told_to_wait_is_a_floor_and_no_attempt(world: World) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA)
    world.faults.add(face="onex", path=APPLY, status=503, retry_after=300)
    f.synchronise()
    row = SyncedBooking.objects.get()
    assert row.attempts == 0
    assert row.next_attempt_at > timezone.now() + timedelta(seconds=290)
    calls = sum(APPLY in r.path for r in world.requests)
    SyncedUser.objects.update(due_at=timezone.now())
    engine.run()
    assert sum(APPLY in r.path for r in world.requests) - calls == 0


def test_a_rejected_change_is_shown_and_not_sent_again_until_it_changes(world: World) -> None:
    f.provider(world, ANNA)
    event, other = f.book(world, ANNA, 1), f.book(world, ANNA, 5)
    del world.pbx.reasons["meeting"]
    f.synchronise()
    assert set(SyncedBooking.objects.values_list("blocked", "trouble")) == {(True, "unknown_reason")}
    calls = sum(APPLY in r.path for r in world.requests)
    f.periodic()
    assert sum(APPLY in r.path for r in world.requests) - calls == 0

    Provider.objects.get().rules.filter(show_as="busy").update(reason="lunch")
    f.synchronise()
    assert [row[2] for row in f.shown(world, ANNA)] == ["lunch", "lunch"]
    assert [row[0] for row in f.shown(world, ANNA)] == [event.starts_at, other.starts_at]


def test_a_diversion_service_that_ended_makes_it_information(world: World) -> None:
    f.provider(world, ANNA, rules=("busy=meeting:announcement",))
    f.book(world, ANNA)
    extension = world.pbx.extensions[world.person(ANNA).extension_id or ""]
    extension.services.clear()
    f.synchronise()
    engine.run()
    assert [row[3] for row in f.shown(world, ANNA)] == ["none"]
    assert not f.user(ANNA).diversion


def test_an_extension_that_is_gone_stops_the_person_at_once(world: World) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA)
    f.synchronise()
    del world.pbx.extensions[world.person(ANNA).extension_id or ""]
    f.book(world, ANNA, 5)
    f.synchronise()
    engine.run()
    user = f.user(ANNA)
    assert (user.state, user.trouble) == ("blocked", "extension_gone")
    assert SyncedBooking.objects.count() == 0


def restored(world: World) -> Event:
    """Anna's booking in a database restored from a backup: One X has seen higher versions of its key."""
    f.provider(world, ANNA)
    event = f.book(world, ANNA)
    f.synchronise()
    backup = SyncedBooking.objects.values().get()
    for minutes in (10, 20, 30):
        world.change(event.id, ends_at=event.ends_at + timedelta(minutes=minutes))
        f.synchronise()
    SyncedBooking.objects.update(**{k: v for k, v in backup.items() if k not in ("id", "key")})
    return event


def test_numbers_behind_one_x_go_on_above_its(world: World) -> None:
    event = restored(world)
    world.change(event.id, ends_at=event.starts_at + timedelta(minutes=15))
    f.synchronise()
    engine.run()
    assert [row[1] for row in f.shown(world, ANNA)] == [event.starts_at + timedelta(minutes=15)]
    row = SyncedBooking.objects.get()
    assert row.version == row.delivered_version == 5


def test_a_stale_clear_goes_on_above_too(world: World) -> None:
    event = restored(world)
    world.delete(event.id)
    f.synchronise()
    engine.run()
    assert f.shown(world, ANNA) == []
    assert SyncedBooking.objects.count() == 0


def test_what_was_sent_is_noted_and_not_what_is_current(world: World) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA)
    f.synchronise()
    row = SyncedBooking.objects.get()
    SyncedBooking.objects.update(version=3, delivered_version=0)  # a later holder wants more
    _note([row], [Applied()], Sent())
    row.refresh_from_db()
    assert (row.version, row.delivered_version) == (3, 1)


def test_a_stale_answer_to_an_old_version_leaves_the_newer_one_waiting(world: World) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA)
    f.synchronise()
    row = SyncedBooking.objects.get()
    SyncedBooking.objects.update(version=3, delivered_version=0)
    _note([row], [Stale(2)], Sent())
    row.refresh_from_db()
    assert (row.version, row.delivered_version) == (3, 1)


def test_a_booking_that_ended_while_it_waited_is_not_set(world: World) -> None:
    f.provider(world, ANNA)
    f.book(world, ANNA, starts_in=1, hours=1)
    world.faults.add(face="onex", path=APPLY, status=503)
    world.faults.add(face="onex", path=APPLY, status=503)
    f.synchronise()
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        again()
        again()
    assert f.shown(world, ANNA) == []


def test_a_meeting_shortened_while_one_x_was_away_does_not_last_longer(world: World) -> None:
    f.provider(world, ANNA)
    event = f.book(world, ANNA, starts_in=-1, hours=5)
    f.synchronise()
    world.faults.add(face="onex", path=APPLY, status=503, times=None)
    world.change(event.id, ends_at=timezone.now() + timedelta(hours=1))
    f.synchronise()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        world.faults.clear()
        again()
        assert f.shown(world, ANNA) == []


def test_nothing_new_is_sent_while_microsoft_refuses(world: World) -> None:
    made = f.provider(world, ANNA)
    event = f.book(world, ANNA)
    world.faults.add(face="onex", path=APPLY, status=503)
    f.synchronise()
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now())
    SyncedUser.objects.update(read_seq=9, requested_seq=9, read_due_at=timezone.now() + timedelta(hours=1))
    again()
    assert f.shown(world, ANNA) == []
    Provider.objects.update(trouble="")
    again()
    assert [row[0] for row in f.shown(world, ANNA)] == [event.starts_at]
    assert lease.due(timezone.now()).filter(provider=made).count() == 0


def test_501_changes_are_two_calls(world: World) -> None:
    f.provider(world, ANNA, days_ahead=60)
    for n in range(501):
        f.book(world, ANNA, 1 + n, 0.5)
    f.synchronise()
    assert len(f.shown(world, ANNA)) == 501
    assert sum(APPLY in r.path for r in world.requests) == 2
