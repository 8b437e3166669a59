"""Corner cases of changes, from Outlook through the whole program to One X."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from calendarsync.models import SyncedBooking, SyncedUser

from .factories import A, D, Office, at, everything_kept

MEETING = "10:00–11:00 meeting, back 11:00"


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
