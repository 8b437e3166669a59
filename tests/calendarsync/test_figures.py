"""How many are updated in an hour, and how long they wait: counted once, whoever works."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from calendarsync import erase, figures
from calendarsync.models import HourlyFigures, Provider, SyncedBooking, SyncedUser
from mss.simulators.world import World

from ..core.samples import at
from . import arrange
from .during import between
from .factories import Office


def updated(office: Office, clock: str) -> int:
    return office.provider.hours.get(hour=at(clock)).updated


def read_all(office: Office, now: str, day: int = 0) -> None:
    office.move_to(at(now, day))
    SyncedUser.objects.update(read_due_at=timezone.now(), due_at=timezone.now(), not_before=None)
    office.sync()


def delays(office: Office) -> dict[str, tuple[float, float, int]]:
    kept = figures.delays(office.provider, timezone.now())
    return {stage: (each.median, each.p95, each.wishes) for stage, each in kept.items()}


def forget(office: Office) -> None:
    """What the arrangement has counted."""
    office.provider.hours.all().delete()


def test_a_user_counts_once_an_hour(office: Office) -> None:
    for now in ("08:05", "08:50", "09:40"):
        read_all(office, now)
    assert (updated(office, "08:00"), updated(office, "09:00")) == (2, 2)


def test_who_is_not_whole_does_not_count(office: Office) -> None:
    office.world.faults.add(face="onex", path="absences:apply", status=503, times=None)
    office.world.notifications = lambda url, payload: None
    office.book("14:00", "15:00")
    read_all(office, "08:05")
    assert updated(office, "08:00") == 1


def test_a_wish_is_measured_to_the_reading_to_one_x_and_from_end_to_end(office: Office) -> None:
    forget(office)
    office.book("14:00", "15:00")
    office.move_to(at("07:01"))
    with between("sync.stored", lambda: office.move_to(at("07:03"))):
        office.sync()
    for (stage, seconds), found in zip(
        [("read", 180), ("confirmed", 120), ("whole", 180)], delays(office).items(), strict=True
    ):
        assert found[0] == stage
        median, p95, wishes = found[1]
        assert seconds <= median == p95 < seconds * 1.42
        assert wishes == 1


def test_a_wish_that_one_x_kept_waiting_is_measured_from_its_beginning(office: Office) -> None:
    forget(office)
    office.world.faults.add(face="onex", path="absences:apply", status=503, times=1)
    office.book("14:00", "15:00")
    office.sync("07:01")
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    office.sync("07:41")
    found = delays(office)
    assert found["read"][0] < 90
    assert 40 * 60 <= found["confirmed"][0] < 40 * 60 * 1.42
    assert 41 * 60 <= found["whole"][0] < 41 * 60 * 1.42


def test_a_reading_nobody_asked_for_is_no_wish(office: Office) -> None:
    forget(office)
    office.world.notifications = lambda url, payload: None
    office.book("14:00", "15:00")
    read_all(office, "07:30")
    assert len(office.held()) == 1
    assert delays(office) == {}


def test_a_wish_of_which_nothing_came_to_one_x_has_the_first_stage_only(office: Office) -> None:
    forget(office)
    office.provider.users.wish()
    office.sync()
    assert {stage: wishes for stage, (_, _, wishes) in delays(office).items()} == {"read": 2}


def test_the_median_and_the_95th_percentile_are_those_of_the_last_day(office: Office) -> None:
    forget(office)
    now = at("12:30", 1)
    counted = [(now, 100, 1.0), (now - timedelta(hours=20), 96, 0.2), (now - timedelta(hours=25), 900, 64.0)]
    for moment, number, seconds in counted:
        with transaction.atomic():
            waits = [("whole", timedelta(seconds=seconds))] * number
            figures.count(office.provider.pk, 0, waits, moment)
    whole = figures.delays(office.provider, now)["whole"]
    assert (whole.median, whole.p95, whole.wishes) == (1.0, 1.0, 196)


@given(st.floats(min_value=0, max_value=10**7))
def test_a_bucket_is_at_most_41_percent_above_what_is_in_it(seconds: float) -> None:
    end = figures.end_of(figures.bucket_of(seconds))
    assert seconds <= end * 1.000001
    assert end <= max(seconds * 1.4143, figures.FIRST_BUCKET)


# The day as a picture


def test_the_shares_of_a_day_tell_an_outage_from_an_hour_in_which_nobody_looked(office: Office) -> None:
    forget(office)
    read_all(office, "08:10")
    office.world.faults.add(face="graph", path="calendarView", status=503, part=True, times=None)
    read_all(office, "09:10")
    office.world.faults.clear()
    read_all(office, "11:10")
    shares = figures.freshness(office.provider, at("12:05"))
    assert len(shares) == 24
    assert shares[-5:] == [1.0, 0.0, None, 1.0, 1.0]  # 8, 9, 10 and 11 o'clock, and since 11:05
    assert shares[:-5] == [None] * 19
    assert figures.freshness(office.provider, at("12:15"))[-1] == 0.0


def test_a_provider_that_is_switched_off_has_no_last_hour(office: Office) -> None:
    read_all(office, "08:10")
    office.provider.active = False
    assert figures.freshness(office.provider, at("08:15"))[-1] is None


def test_who_comes_during_an_hour_does_not_make_more_than_all(office: Office) -> None:
    hour = HourlyFigures(provider=office.provider, hour=at("08:00"), users=2, updated=3)
    assert hour.share == 1.0


# Its end, and others at work


def test_figures_are_kept_thirty_days(office: Office) -> None:
    forget(office)
    read_all(office, "08:10")
    erase.expire(at("07:59", 30))
    assert HourlyFigures.objects.count() == 1
    erase.expire(at("08:01", 30))
    assert HourlyFigures.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_lose_nothing_of_what_they_count(world: World) -> None:
    made = arrange.provider(world)
    start, now = Barrier(2), timezone.now()

    def work() -> None:
        try:
            start.wait(10)
            for _ in range(20):
                with transaction.atomic():
                    figures.count(made.pk, 1, [("read", timedelta(seconds=1))], now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for worker in [pool.submit(work) for _ in range(2)]:
            worker.result()
    hour = Provider.objects.get().hours.get()
    assert (hour.updated, hour.delays) == (40, {"read": {"6": 40}})
