"""Corner cases of time and of series, from Outlook through the whole program to One X."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from calendarsync.models import SyncedUser

from .factories import STOCKHOLM, A, Office, at

MEETING = "10:00–11:00 meeting, back 11:00"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans(office: Office) -> list[tuple[datetime, datetime]]:
    """Start and end of all One X holds for Anna."""
    absences = [each.change.absence for each in office.world.pbx.held("contoso", "anna")]
    return sorted((each.starts_at, each.ends_at) for each in absences)


# Time.


@pytest.mark.parametrize(
    ("day", "starts_at", "ends_at", "hours"),
    [
        pytest.param(date(2027, 3, 28), "2027-03-27T23:00", "2027-03-28T22:00", 23, id="C01"),
        pytest.param(date(2027, 10, 31), "2027-10-30T22:00", "2027-10-31T23:00", 25, id="C02"),
    ],
)
def test_all_day_is_the_local_day_where_clocks_change(
    opened: Callable[..., Office], day: date, starts_at: str, ends_at: str, hours: int
) -> None:
    office = opened(*A)
    office.move_to(datetime(day.year, day.month, day.day - 1, 12, tzinfo=STOCKHOLM))
    office.book_days(day, day + timedelta(days=1))
    office.sync()
    assert spans(office) == [(utc(starts_at), utc(ends_at))]
    call = office.world.pbx.call
    moments = [utc(starts_at) + timedelta(minutes=minutes) for minutes in (-1, 0, hours * 60 - 1, hours * 60)]
    answers = [call("+46101000001", moment)["answered_by"] for moment in moments]
    assert answers == ["person", "announcement", "announcement", "person"]


@pytest.mark.parametrize("zone", ["FLE Standard Time", "Eastern Standard Time", "tzone://Microsoft/Custom"])
def test_c03_all_day_is_its_dates_in_the_companys_zone_whatever_zone_it_was_made_in(
    office: Office, zone: str
) -> None:
    office.book_days(date(2027, 5, 13), date(2027, 5, 15), zone=zone)
    office.sync()
    assert office.held() == ["00:00–00:00+2d day 1 away"]


@pytest.mark.parametrize(
    ("day", "instants"),
    [
        pytest.param(date(2027, 10, 31), ["2027-10-31T00:30", "2027-10-31T01:30"], id="exists twice"),
        pytest.param(date(2027, 3, 28), ["2027-03-28T01:30"], id="does not exist"),
    ],
)
def test_c05_half_past_two_is_an_instant_where_clocks_change(
    office: Office, day: date, instants: list[str]
) -> None:
    office.move_to(datetime(day.year, day.month, day.day - 1, 12, tzinfo=STOCKHOLM))
    booked = [(utc(instant), utc(instant) + timedelta(minutes=15)) for instant in instants]
    for starts_at, ends_at in booked:
        office.world.book(office.person().id, "Nattpass", starts_at, ends_at)
    office.sync()
    assert spans(office) == booked


@pytest.mark.parametrize("zone", ["tzone://Microsoft/Custom", "Customized Time Zone"])
def test_c06_a_time_zone_nobody_knows_does_not_drop_the_meeting(office: Office, zone: str) -> None:
    office.book("10:00", "11:00", zone=zone)
    office.sync()
    assert office.held() == [MEETING]


@pytest.mark.parametrize(
    "end", [pytest.param("10:00", id="C07 no length"), pytest.param("09:00", id="C08 ends before it starts")]
)
def test_what_has_no_length_is_not_sent_and_stops_nobody(office: Office, end: str) -> None:
    office.book("10:00", end)
    office.book("13:00", "14:00")
    office.sync()
    assert office.held() == ["13:00–14:00 meeting, back 14:00"]
    assert office.user().trouble == ""


def test_c09_a_meeting_under_way_is_sent_with_its_real_start(office: Office) -> None:
    office.book("06:00", "11:00")
    office.sync()
    assert office.told() == ["set v1 06:00–11:00 meeting, back 11:00"]


def test_c10_a_booking_over_the_edge_of_the_window_keeps_its_end_and_is_sent_once(office: Office) -> None:
    office.world.book(office.person().id, "Resa", at("12:00", 13), at("12:00", 40))
    office.sync()
    office.sync("07:00", day=1)
    assert office.told() == ["set v1 12:00–12:00+27d day 13 meeting, back 12:00"]


def test_c11_the_day_that_comes_into_view_is_added_without_a_knock(office: Office) -> None:
    office.book_daily("10:00", "10:30", count=30)
    office.sync()
    assert office.held()[-1] == "10:00–10:30 day 14 meeting, back 10:30"
    office.told()
    office.sync("07:00", day=1)
    assert office.told() == ["set v1 10:00–10:30 day 15 meeting, back 10:30"]


@pytest.mark.parametrize(("days", "held"), [(3, 4), (30, 31)])
def test_c12_another_number_of_days_ahead_adds_or_withdraws_what_lies_beyond(
    office: Office, days: int, held: int
) -> None:
    office.book_daily("10:00", "10:30", count=40)
    office.sync()
    assert len(office.held()) == 15
    office.set(days_ahead=days)
    office.sync()
    assert len(office.held()) == held


def test_c13_a_person_who_changes_the_time_zone_in_outlook_changes_nothing(office: Office) -> None:
    office.book_days(date(2027, 5, 13), date(2027, 5, 14))
    office.book("10:00", "11:00")
    office.sync()
    office.told()
    office.person().zone = "Tokyo Standard Time"
    SyncedUser.objects.wish()
    office.sync()
    assert office.told() == []


# Series.


@pytest.fixture
def daily(office: Office) -> list[Any]:
    """A series of three days, 10:00 to 10:30, that One X holds; the master comes first."""
    series = office.book_daily("10:00", "10:30", count=3)
    office.sync()
    office.told()
    return series


DAY = "10:00–10:30{} meeting, back 10:30"
DAYS = [DAY.format(""), DAY.format(" day 1"), DAY.format(" day 2")]


def test_c14_a_moved_occurrence_is_one_update(office: Office, daily: list[Any]) -> None:
    office.world.change(daily[2].id, starts_at=at("14:00", 1), ends_at=at("15:00", 1))
    office.sync()
    assert office.told() == ["set v2 14:00–15:00 day 1 meeting, back 15:00"]


def test_c15_an_occurrence_moved_out_of_the_window_and_back_goes_and_comes(
    office: Office, daily: list[Any]
) -> None:
    office.world.change(daily[2].id, starts_at=at("10:00", 40), ends_at=at("10:30", 40))
    office.sync()
    assert (office.told(), office.held()) == (["clear v2"], [DAYS[0], DAYS[2]])
    office.world.change(daily[2].id, starts_at=at("10:00", 1), ends_at=at("10:30", 1))
    office.sync()
    assert office.held() == DAYS


def test_c16_a_deleted_occurrence_goes_alone(office: Office, daily: list[Any]) -> None:
    office.world.delete(daily[2].id)
    office.sync()
    assert (office.told(), office.held()) == (["clear v2"], [DAYS[0], DAYS[2]])


@pytest.mark.parametrize("change", [{"sensitivity": "private"}, {"show_as": "free"}])
def test_c17_an_occurrence_made_private_or_tillgänglig_goes_alone(
    office: Office, daily: list[Any], change: dict[str, str]
) -> None:
    office.world.change(daily[2].id, **change)
    office.sync()
    assert (office.told(), office.held()) == (["clear v2"], [DAYS[0], DAYS[2]])


def test_c18_a_moved_series_follows_in_one_call(office: Office, daily: list[Any]) -> None:
    calls = office.world.pbx.calls
    office.world.change_series(daily[0].id, shift=timedelta(minutes=30))
    office.sync()
    assert office.told() == [
        f"set v2 10:30–11:00{day} meeting, back 11:00" for day in ("", " day 1", " day 2")
    ]
    assert office.world.pbx.calls == calls + 1


def test_c18_a_deleted_series_goes_in_one_call(office: Office, daily: list[Any]) -> None:
    calls = office.world.pbx.calls
    office.world.delete(daily[0].id)
    office.sync()
    assert (office.told(), office.held()) == (["clear v2"] * 3, [])
    assert office.world.pbx.calls == calls + 1


@pytest.mark.parametrize("show_as", [None, "unknown", "semester"])
def test_c19_c35_without_a_known_visa_som_nothing_is_guessed(office: Office, show_as: Any) -> None:
    office.book("10:00", "11:00", show_as)
    office.sync()
    assert office.held() == []
    assert office.user().tally == {}


def test_c20_the_choice_for_an_occurrence_wins_over_the_series_and_falls_back_to_it(
    office: Office, daily: list[Any]
) -> None:
    master, _, second, _ = daily
    office.world.set_choice(master.id, "lunch")
    office.world.set_choice(second.id, "vacation")
    office.sync()
    assert office.held() == ["10:00–10:30 lunch", "10:00–10:30 day 1 vacation", "10:00–10:30 day 2 lunch"]
    office.world.clear_choice(second.id)
    office.sync()
    assert office.held() == ["10:00–10:30 lunch", "10:00–10:30 day 1 lunch", "10:00–10:30 day 2 lunch"]
