"""The window, and all-day bookings across both changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendarsync.core.booking import Booking, ShowAs
from calendarsync.core.window import Window, all_day, nearest_midnight, window

from .samples import STOCKHOLM


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "days_ahead", "name", "end"),
    [
        pytest.param("2027-05-12T08:00", 14, "Europe/Stockholm", "2027-05-26T22:00", id="the default"),
        pytest.param("2027-05-12T08:00", 0, "Europe/Stockholm", "2027-05-12T22:00", id="today only"),
        pytest.param(
            "2027-05-12T21:59", 0, "Europe/Stockholm", "2027-05-12T22:00", id="a minute to midnight"
        ),
        pytest.param(
            "2027-05-12T22:00", 0, "Europe/Stockholm", "2027-05-13T22:00", id="C11 at midnight a day more"
        ),
        pytest.param("2027-05-12T22:30", 1, "Europe/Stockholm", "2027-05-14T22:00", id="today is local"),
        pytest.param(
            "2027-03-27T12:00", 0, "Europe/Stockholm", "2027-03-27T23:00", id="before clocks forward"
        ),
        pytest.param("2027-03-27T12:00", 1, "Europe/Stockholm", "2027-03-28T22:00", id="over clocks forward"),
        pytest.param("2027-10-30T12:00", 0, "Europe/Stockholm", "2027-10-30T22:00", id="before clocks back"),
        pytest.param("2027-10-30T12:00", 1, "Europe/Stockholm", "2027-10-31T23:00", id="over clocks back"),
        pytest.param("2027-05-12T20:00", 0, "America/New_York", "2027-05-13T04:00", id="a zone in the west"),
    ],
)
def test_the_window_ends_with_the_last_local_day(now: str, days_ahead: int, name: str, end: str) -> None:
    assert window(utc(now), days_ahead, ZoneInfo(name)) == Window(utc(now), utc(end), ZoneInfo(name))


def test_microsoft_is_asked_for_a_day_more_at_both_ends() -> None:
    assert window(utc("2027-05-12T08:00"), 0, STOCKHOLM).asked == (
        utc("2027-05-11T08:00"),
        utc("2027-05-13T22:00"),
    )


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        pytest.param("2027-05-12T07:00", "2027-05-12T08:00", False, id="ended just now"),
        pytest.param("2027-05-12T07:00", "2027-05-12T08:01", True, id="C09 under way"),
        pytest.param("2027-05-01T08:00", "2027-06-01T08:00", True, id="C09 C10 longer than the window"),
        pytest.param("2027-05-12T08:00", "2027-05-12T09:00", True, id="begins now"),
        pytest.param("2027-05-12T21:59", "2027-05-13T05:00", True, id="C10 over the far edge"),
        pytest.param("2027-05-12T22:00", "2027-05-13T05:00", False, id="begins at the far edge"),
        pytest.param("2027-05-12T10:00", "2027-05-12T10:00", True, id="C07 no length"),
        pytest.param("2027-05-12T22:00", "2027-05-12T22:00", False, id="no length at the far edge"),
        pytest.param("2027-05-12T12:00", "2027-05-12T10:00", True, id="C08 ends before it starts"),
    ],
)
def test_what_overlaps_belongs_to_the_window(start: str, end: str, inside: bool) -> None:
    seen = window(utc("2027-05-12T08:00"), 0, STOCKHOLM)
    assert seen.has(Booking("a", utc(start), utc(end), ShowAs.BUSY)) is inside


@pytest.mark.parametrize(
    ("first", "last", "name", "start", "hours"),
    [
        pytest.param("2027-03-28", "2027-03-29", "Europe/Stockholm", "2027-03-27T23:00", 23, id="C01"),
        pytest.param("2027-10-31", "2027-11-01", "Europe/Stockholm", "2027-10-30T22:00", 25, id="C02"),
        pytest.param(
            "2027-05-12", "2027-05-13", "Europe/Stockholm", "2027-05-11T22:00", 24, id="C03 the dates"
        ),
        pytest.param("2027-03-27", "2027-03-30", "Europe/Stockholm", "2027-03-26T23:00", 71, id="three days"),
        pytest.param(
            "2018-11-04", "2018-11-05", "America/Sao_Paulo", "2018-11-04T03:00", 23, id="no midnight"
        ),
        pytest.param(
            "2022-03-27", "2022-03-28", "Asia/Beirut", "2022-03-26T22:00", 23, id="no midnight east"
        ),
        pytest.param(
            "2027-10-31", "2027-11-01", "Atlantic/Azores", "2027-10-31T00:00", 25, id="midnight twice"
        ),
        pytest.param(
            "2011-12-30", "2011-12-31", "Pacific/Apia", "2011-12-30T10:00", 0, id="a day that was not"
        ),
    ],
)
def test_an_all_day_booking_runs_from_midnight_to_midnight(
    first: str, last: str, name: str, start: str, hours: int
) -> None:
    begins, ends = all_day(date.fromisoformat(first), date.fromisoformat(last), ZoneInfo(name))
    assert (begins, ends - begins) == (utc(start), timedelta(hours=hours))


def test_c02_days_follow_each_other_without_hole_or_double() -> None:
    days = [date(2027, 10, 30) + timedelta(days=n) for n in range(4)]
    spans = [all_day(day, day + timedelta(days=1), STOCKHOLM) for day in days]
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


@pytest.mark.parametrize(
    ("instant", "name", "nearest"),
    [
        pytest.param("2027-05-11T22:00", "Europe/Stockholm", "2027-05-12", id="midnight itself"),
        pytest.param("2027-05-11T21:00", "Europe/Stockholm", "2027-05-12", id="C04 made in Helsinki"),
        pytest.param("2027-05-11T23:00", "Europe/Stockholm", "2027-05-12", id="C04 made in London"),
        pytest.param("2027-05-12T04:00", "Europe/Stockholm", "2027-05-12", id="C04 made in New York"),
        pytest.param("2027-05-11T09:59", "Europe/Stockholm", "2027-05-11", id="before noon"),
        pytest.param("2027-05-11T10:00", "Europe/Stockholm", "2027-05-12", id="noon is halfway: the later"),
        pytest.param("2027-03-28T10:29", "Europe/Stockholm", "2027-03-28", id="23 hours, before halfway"),
        pytest.param("2027-03-28T10:30", "Europe/Stockholm", "2027-03-29", id="23 hours, halfway"),
        pytest.param("2027-10-31T10:29", "Europe/Stockholm", "2027-10-31", id="25 hours, before halfway"),
        pytest.param("2027-10-31T10:30", "Europe/Stockholm", "2027-11-01", id="25 hours, halfway"),
        pytest.param("2018-11-04T03:00", "America/Sao_Paulo", "2018-11-04", id="no midnight"),
    ],
)
def test_an_instant_belongs_to_the_nearest_midnight(instant: str, name: str, nearest: str) -> None:
    assert nearest_midnight(utc(instant), ZoneInfo(name)) == date.fromisoformat(nearest)


@pytest.mark.parametrize("name", ["Europe/Stockholm", "America/Havana", "Asia/Beirut", "Atlantic/Azores"])
def test_every_midnight_of_a_year_is_its_own_nearest(name: str) -> None:
    days = [date(2022, 1, 1) + timedelta(days=n) for n in range(365)]
    begins = [all_day(day, day + timedelta(days=1), ZoneInfo(name))[0] for day in days]
    assert [nearest_midnight(start, ZoneInfo(name)) for start in begins] == days
