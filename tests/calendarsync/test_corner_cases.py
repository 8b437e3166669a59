"""Corner cases of time, of series and of changes, from Outlook through the whole program to One X."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from calendarsync.models import SyncedBooking, SyncedUser

from .factories import STOCKHOLM, A, D, Office, at, everything_kept

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


# Changes of state.


@pytest.fixture
def running(office: Office) -> Any:
    """A meeting from 10 to 11 whose diversion is on: it is 10:30."""
    event = office.book("10:00", "11:00", subject="Förvärv")
    office.sync("10:30")
    assert (office.heard("10:30"), office.told()) == ("meeting, back 11:00", [f"set v1 {MEETING}"])
    return event


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"cancelled": True}, id="C21 cancelled"),
        pytest.param({"response": "declined"}, id="C22 declined"),
        pytest.param({"sensitivity": "private"}, id="C24 private"),
        pytest.param({"sensitivity": "personal"}, id="C24 personal"),
        pytest.param({"sensitivity": "confidential"}, id="C24 confidential"),
        pytest.param({"sensitivity": "hemlig"}, id="C24 a sensitivity nobody knows"),
        pytest.param({"ends_at": at("10:20")}, id="C27 ended early"),
    ],
)
def test_a_running_diversion_ends_at_once(office: Office, running: Any, change: dict[str, Any]) -> None:
    office.world.change(running.id, **change)
    office.sync()
    assert (office.told(), office.heard("10:30"), office.held()) == (["clear v2"], "-", [])


def test_c24_the_title_of_what_became_private_is_gone_here_at_once(office: Office, running: Any) -> None:
    assert "Förvärv" in everything_kept()
    office.world.change(running.id, sensitivity="private")
    office.sync()
    assert "Förvärv" not in everything_kept()


def test_c24_the_title_is_gone_here_at_once_also_while_one_x_is_away(office: Office, running: Any) -> None:
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.world.change(running.id, sensitivity="private")
    office.sync()
    assert (SyncedBooking.objects.pending().count(), "Förvärv" in everything_kept()) == (1, False)


def test_c25_a_booking_that_is_not_private_any_more_comes(office: Office) -> None:
    event = office.book("10:00", "11:00", sensitivity="private")
    office.sync()
    assert office.told() == []
    office.world.change(event.id, sensitivity="normal")
    office.sync()
    assert office.told() == [f"set v1 {MEETING}"]


def test_c22_a_declined_meeting_never_comes(office: Office) -> None:
    office.book("10:00", "11:00", response="declined")
    office.sync()
    assert office.told() == []


def test_c23_an_accepted_meeting_is_one_update(opened: Callable[..., Office]) -> None:
    office = opened(*D, "--rule", "tentative=away")
    event = office.book("10:00", "11:00", "tentative", response="tentativelyAccepted")
    office.sync()
    office.world.change(event.id, show_as="busy", response="accepted")
    office.sync()
    assert office.told() == ["set v1 10:00–11:00 away", f"set v2 {MEETING}"]


def test_c26_an_extended_meeting_moves_its_end_and_return_time_without_a_gap(
    office: Office, running: Any
) -> None:
    office.world.change(running.id, ends_at=at("11:30"))
    office.sync()
    assert office.told() == ["set v2 10:00–11:30 meeting, back 11:30"]
    assert {office.heard(now) for now in ("10:30", "11:00", "11:29")} == {"meeting, back 11:30"}


def test_c28_back_to_back_has_no_gap_also_where_reasons_differ(opened: Callable[..., Office]) -> None:
    office = opened(*A)
    office.book("10:00", "11:00")
    office.book("11:00", "12:00", "oof")
    office.sync()
    heard = [office.heard(now) for now in ("10:00", "10:59", "11:00", "11:59", "12:00")]
    assert heard == ["meeting, back 12:00"] * 2 + ["vacation, back 12:00"] * 2 + ["-"]


def test_c28_a_next_meeting_that_moves_up_tells_the_callers_of_the_first(
    office: Office, running: Any
) -> None:
    following = office.book("11:30", "12:00")
    office.sync()
    assert office.heard("10:30") == "meeting, back 11:00"
    office.world.change(following.id, starts_at=at("11:00"))
    office.sync()
    assert office.heard("10:30") == "meeting, back 12:00"


def test_c29_a_meeting_within_a_longer_one_does_not_shorten_it_when_it_goes(office: Office) -> None:
    office.book("10:00", "12:00")
    inner = office.book("10:30", "11:00")
    office.sync()
    office.world.delete(inner.id)
    office.sync("10:45")
    assert [office.heard(now) for now in ("10:45", "11:00", "12:00")] == ["meeting, back 12:00"] * 2 + ["-"]


def test_c30_within_a_day_away_only_the_meeting_diverts(office: Office) -> None:
    office.book_days(date(2027, 5, 12), date(2027, 5, 13))
    office.book("10:00", "11:00")
    office.sync()
    heard = [office.heard(now) for now in ("09:59", "10:00", "10:59", "11:00", "23:59")]
    assert heard == ["away", "meeting, back 11:00", "meeting, back 11:00", "away", "away"]


def test_c31_two_equal_bookings_are_two_absences(office: Office) -> None:
    twice = [office.book("10:00", "11:00"), office.book("10:00", "11:00")]
    office.sync()
    assert office.held() == [MEETING, MEETING]
    office.world.delete(twice[1].id)
    office.sync()
    assert office.held() == [MEETING]


@pytest.mark.parametrize(
    ("rule", "heard"),
    [
        pytest.param({"forwarding": "none"}, "meeting", id="loses its diversion"),
        pytest.param({"reason": "lunch"}, "lunch, back 11:00", id="another reason"),
        pytest.param({"update": False}, "-", id="switched off"),
    ],
)
def test_c32_a_changed_rule_reaches_the_meeting_that_runs(
    office: Office, running: Any, rule: dict[str, Any], heard: str
) -> None:
    office.rule("busy", **rule)
    office.sync()
    assert office.heard("10:30") == heard


def test_c32_a_rule_that_begins_to_divert_reaches_the_meeting_that_runs(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    office.book("10:00", "11:00")
    office.sync("10:30")
    assert office.heard("10:30") == "meeting"
    office.rule("busy", forwarding="announcement")
    office.sync()
    assert office.heard("10:30") == "meeting, back 11:00"


def test_c33_alla_möten_privata_hides_the_titles_and_goes_on_synchronising(
    office: Office, running: Any
) -> None:
    assert office.titles() == ["Förvärv"]
    office.set(all_private=True)
    office.world.requests.clear()
    office.sync()
    assert (office.held(), office.titles()) == ([MEETING], [None])
    assert "Förvärv" not in everything_kept()
    selected = [each.query["$select"] for each in office.world.requests if "calendarView" in each.path]
    assert selected
    assert [each for each in selected if "subject" in each] == []


def test_an_unchanged_calendar_writes_no_booking_and_sends_nothing(office: Office, running: Any) -> None:
    before = list(SyncedBooking.objects.values())
    SyncedUser.objects.wish()
    (turn,) = office.sync()
    assert (len(turn.stored.read), turn.stored.changed, office.told()) == (2, 0, [])
    assert list(SyncedBooking.objects.values()) == before


def test_a_meeting_that_simply_ended_stays_until_thirty_days_have_passed(
    office: Office, running: Any
) -> None:
    office.sync("12:00")
    office.sync("10:00", day=30)
    assert (office.told(), office.held()) == ([], [MEETING])
    office.sync("11:01", day=30)
    assert (office.told(), office.held(), SyncedBooking.objects.count()) == (["clear v2"], [], 0)
