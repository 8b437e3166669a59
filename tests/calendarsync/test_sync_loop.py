"""Our rows say what One X should hold, whatever Microsoft answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from calendarsync import engine, lease
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from calendarsync.sync import sync
from mss.simulators.world import Event, World

from . import arrange as f

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

pytestmark = pytest.mark.django_db


@contextmanager
def writes() -> Iterator[list[str]]:
    """Every statement that writes bookings, in order."""
    seen: list[str] = []

    def look(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        verb = sql.split('"calendarsync_syncedbooking"')[0]
        if verb in ("INSERT INTO ", "UPDATE ", "DELETE FROM "):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def applies(world: World) -> int:
    return sum(request.path.endswith("absences:apply") for request in world.requests)


def test_a_booking_reaches_one_x_with_key_and_version(world: World) -> None:
    f.provider(world, ANNA)
    event = f.book(world, ANNA)
    f.synchronise()
    assert f.shown(world, ANNA) == [(event.starts_at, event.ends_at, "meeting", "none")]
    row = SyncedBooking.objects.get()
    assert (row.version, row.attempted_version, row.delivered_version) == (1, 1, 1)
    assert f.user(ANNA).last_synced_at is not None


def test_an_unchanged_full_sync_writes_no_booking_and_sends_nothing(world: World) -> None:
    f.provider(world, ANNA, BERTIL)
    for hours in range(1, 20):
        f.book(world, ANNA, hours)
        f.book(world, BERTIL, hours)
    f.synchronise()
    sent = applies(world)
    with writes() as written:
        turns = f.periodic()
    assert sum(len(turn.stored.read) for turn in turns) == 2
    assert written == []
    assert applies(world) - sent == 0


def test_the_number_of_queries_does_not_grow_with_the_bookings(world: World) -> None:
    f.provider(world, ANNA)

    def queries(more: int) -> int:
        for hours in range(more):
            f.book(world, ANNA, hours + 1)
        with CaptureCount() as count:
            f.synchronise()
        return count.number

    queries(1)
    assert queries(3) == queries(30)


class CaptureCount:
    number = 0

    def __enter__(self) -> "CaptureCount":
        def look(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            self.number += 1
            return execute(sql, params, many, context)

        self.wrapper = connection.execute_wrapper(look)
        self.wrapper.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.wrapper.__exit__(*error)


FAULTS = {
    "429 on the item": {"status": 429, "retry_after": 30, "part": True},
    "503 on the item": {"status": 503, "part": True},
    "a broken page": {"garbage": True, "part": True},
    "a page that fails": {"status": 500, "path": r"skiptoken", "part": True},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_on_one_item_leaves_that_user_dirty_and_withdraws_nothing(
    world: World, fault: dict[str, object]
) -> None:
    f.provider(world, ANNA, BERTIL)
    annas = [f.book(world, ANNA, hours, subject=f"nr {hours}") for hours in range(1, 13)]
    f.book(world, BERTIL)
    f.synchronise()
    before = f.shown(world, ANNA)
    for event in annas:
        world.delete(event.id)
    for hours in range(520):  # more than one page, so that there is a page to fail
        f.book(world, ANNA, 24 + hours / 4, 0.2, show_as="free")
    bertils = f.book(world, BERTIL, 5)
    person = world.person(ANNA).id
    world.faults.add(face="graph", times=None, **({"path": rf"{person}/calendarView"} | fault))
    f.synchronise()
    assert f.shown(world, ANNA) == before
    assert f.user(ANNA).dirty
    assert (bertils.starts_at, bertils.ends_at, "meeting", "none") in f.shown(world, BERTIL)
    assert not f.user(BERTIL).dirty

    world.faults.clear()
    SyncedUser.objects.update(not_before=None)
    engine.run()
    assert f.shown(world, ANNA) == []
    assert not f.user(ANNA).dirty


def test_retry_after_is_kept_whoever_knocks(world: World) -> None:
    f.provider(world, ANNA)
    world.faults.add(face="graph", path="calendarView", status=429, retry_after=600, part=True, times=None)
    f.synchronise()
    SyncedUser.objects.wish()
    world.requests.clear()
    engine.run()
    assert [r for r in world.requests if r.face == "graph"] == []
    not_before = f.user(ANNA).not_before
    assert not_before is not None
    assert not_before > timezone.now() + timedelta(seconds=590)


def test_a_reading_begun_before_the_provider_was_switched_off_is_dropped(world: World) -> None:
    made = f.provider(world, ANNA)
    f.book(world, ANNA)
    held = lease.claim(made.pk, timezone.now(), 20)
    assert held is not None

    def switch_off(name: str) -> None:
        if name == "sync.read":
            Provider.objects.update(active=False)

    with fault(switch_off):
        sync(held, timezone.now())
    assert SyncedBooking.objects.count() == 0


@contextmanager
def fault(hook) -> Iterator[None]:  # type: ignore[no-untyped-def]
    from calendarsync import faultpoints

    faultpoints.hook = hook
    try:
        yield
    finally:
        faultpoints.hook = None


def test_a_change_during_the_reading_is_read_right_after(world: World, knocks: list[object]) -> None:
    made = f.provider(world, ANNA)
    f.synchronise()
    from calendarsync import subscriptions

    subscriptions.tend(made, timezone.now())
    engine.run()
    SyncedUser.objects.wish()
    late: list[object] = []

    def book_late(name: str) -> None:
        if name == "sync.read" and not late:
            late.append(f.book(world, ANNA, 3))

    with fault(book_late):
        turns = engine.run()
    assert len(turns) == 2
    assert len(f.shown(world, ANNA)) == 1


def test_one_person_with_impossible_data_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calendarsync import sync as module

    f.provider(world, ANNA, BERTIL)
    f.book(world, ANNA)
    f.book(world, BERTIL)
    real = module.planned

    def planned(user, *rest):  # type: ignore[no-untyped-def]
        if user.email == ANNA:
            raise ZeroDivisionError
        return real(user, *rest)

    monkeypatch.setattr(module, "planned", planned)
    f.synchronise()
    assert f.user(ANNA).trouble == "internal"
    assert len(f.shown(world, BERTIL)) == 1


# Trouble that somebody must mend


def test_a_withdrawn_consent_keeps_one_x_for_the_grace_time_and_then_withdraws(world: World) -> None:
    made = f.provider(world, ANNA)
    f.book(world, ANNA, hours=100)
    f.synchronise()
    next(iter(world.tenants.values())).consented = False
    from calendarsync import connect

    connect.forget()
    f.synchronise()
    made.refresh_from_db()
    assert made.trouble == "consent_revoked"
    assert len(f.shown(world, ANNA)) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        f.periodic()
        assert f.shown(world, ANNA) == []
        next(iter(world.tenants.values())).consented = True
        f.periodic()
        made.refresh_from_db()
        assert made.trouble == ""
        assert len(f.shown(world, ANNA)) == 1


def test_a_missing_mailbox_is_the_users_trouble_and_never_an_empty_calendar(world: World) -> None:
    f.provider(world, ANNA, BERTIL)
    f.book(world, ANNA, hours=100)
    f.synchronise()
    world.person(ANNA).mailbox = False
    f.synchronise()
    assert f.user(ANNA).trouble == "no_mailbox"
    assert f.user(BERTIL).trouble == ""
    assert len(f.shown(world, ANNA)) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        f.periodic()
        assert f.shown(world, ANNA) == []


def test_a_calendar_that_knocks_all_the_time_waits_after_six_readings(world: World) -> None:
    f.provider(world, ANNA)
    for _ in range(9):
        f.synchronise()
    readings = [r for r in world.requests if "calendarView" in r.path]
    assert len(readings) == 7
    assert f.user(ANNA).dirty


@pytest.mark.parametrize(
    ("act", "because"),
    [
        (lambda world, event: world.delete(event.id), "gone"),
        (lambda world, event: world.change(event.id, sensitivity="private"), "gone"),
        (lambda world, event: world.change(event.id, show_as="free"), "rule_off"),
        (lambda world, event: world.change(event.id, cancelled=True), "cancelled"),
        (lambda world, event: Provider.objects.update(active=False), "stopped"),
    ],
    ids=["deleted", "private, which looks the same", "free", "cancelled", "switched off"],
)
def test_a_withdrawal_knows_why(world: World, act: Callable[[World, Event], object], because: str) -> None:
    f.provider(world, ANNA)
    event = f.book(world, ANNA)
    f.synchronise()
    world.faults.add(face="onex", path="absences:apply", status=503)
    act(world, event)
    f.synchronise()
    assert SyncedBooking.objects.values_list("withdrawn", "because", "title").get() == (True, because, "")
