"""Graph's `event` → `Booking`."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendarsync.core.booking import Booking, CallForwarding, ShowAs, Treatment
from calendarsync.core.ports import Mailbox, Reading
from calendarsync.core.window import Window
from calendarsync.exchange import graph_calendar, graph_event
from mss.wire import TryLater

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LUNCH = Treatment("lunch", CallForwarding.ANNOUNCEMENT)
WINDOW = Window(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 12, 8, 23, tzinfo=UTC), STOCKHOLM)


def at(text, zone="UTC"):
    return {"dateTime": text, "timeZone": zone}


def event(**changed):
    return {
        "id": "AAkALg1",
        "seriesMasterId": None,
        "start": at("2026-11-24T09:00:00.0000000"),
        "end": at("2026-11-24T10:00:00.0000000"),
        "isAllDay": False,
        "isCancelled": False,
        "showAs": "busy",
        "sensitivity": "normal",
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "subject": "Budget",
    } | changed


def booking(*, titles=True, **changed):
    return graph_event.booking(event(**changed), STOCKHOLM, LUNCH, titles=titles)


def test_every_field_has_its_place():
    assert booking(seriesMasterId="AAkALg0") == Booking(
        item_id="AAkALg1",
        series_id="AAkALg0",
        starts_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, 10, tzinfo=UTC),
        show_as=ShowAs.BUSY,
        subject="Budget",
        choice=LUNCH,
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("free", ShowAs.FREE),
        ("tentative", ShowAs.TENTATIVE),
        ("busy", ShowAs.BUSY),
        ("oof", ShowAs.OOF),
        ("workingElsewhere", ShowAs.WORKING_ELSEWHERE),
        ("unknown", ShowAs.UNKNOWN),
        ("inASpaceship", ShowAs.UNKNOWN),
        (None, ShowAs.UNKNOWN),
        (["busy"], ShowAs.UNKNOWN),
    ],
)
def test_show_as_is_one_of_five_or_unknown(theirs, ours):
    assert booking(showAs=theirs).show_as is ours


@pytest.mark.parametrize("sensitivity", ["private", "personal", "confidential", "Normal", "secret", None, 1])
def test_nothing_is_kept_of_what_is_not_plainly_normal(sensitivity):
    one = booking(sensitivity=sensitivity)
    assert (one.private, one.subject, one.choice) == (True, None, None)


def test_a_sensitivity_left_out_is_private():
    entry = event()
    del entry["sensitivity"]
    assert graph_event.booking(entry, STOCKHOLM, None, titles=True).private is True


@pytest.mark.parametrize(
    ("response", "declined"),
    [({"response": "declined"}, True), ({"response": "accepted"}, False), ({}, False), (None, False)],
)
def test_a_declined_meeting_is_told_by_the_response(response, declined):
    assert booking(responseStatus=response).declined is declined


def test_a_cancelled_meeting_is_told():
    assert booking(isCancelled=True).cancelled is True


@pytest.mark.parametrize(
    ("first", "after", "starts_at", "ends_at"),
    [
        ("2027-03-28", "2027-03-29", datetime(2027, 3, 27, 23), datetime(2027, 3, 28, 22)),
        ("2027-10-31", "2027-11-01", datetime(2027, 10, 30, 22), datetime(2027, 10, 31, 23)),
        ("2026-11-24", "2026-11-26", datetime(2026, 11, 23, 23), datetime(2026, 11, 25, 23)),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "W. Europe Standard Time", "tzone://Microsoft/Custom"])
def test_an_all_day_booking_is_dates_in_the_companys_zone(first, after, starts_at, ends_at, zone):
    start, end = at(f"{first}T00:00:00.0000000", zone), at(f"{after}T00:00:00.0000000", zone)
    one = booking(isAllDay=True, start=start, end=end)
    assert (one.all_day, one.starts_at, one.ends_at) == (
        True,
        starts_at.replace(tzinfo=UTC),
        ends_at.replace(tzinfo=UTC),
    )


def test_a_zone_that_was_not_asked_for_is_still_understood():
    one = booking(start=at("2026-11-24T10:00:00.0000000", "Europe/Stockholm"))
    assert one.starts_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_title_that_comes_unasked_goes_no_further():
    assert booking(titles=False).subject is None


def test_what_postgresql_refuses_is_cleaned_out_of_a_subject():
    assert booking(subject="Bud\0get \ud800🙂").subject == "Budget 🙂"


BROKEN = [
    {"start": None},
    {"start": {}},
    {"start": at("yesterday")},
    {"start": at("2026-11-24T09:00:00", "W. Europe Standard Time")},
    {"end": at("2026-13-45T09:00:00")},
    {"end": "2026-11-24T09:00:00"},
    {"start": at("0001-01-01T00:00:00", "Asia/Tokyo")},
    {"isAllDay": True, "start": at("0001-01-01T00:00:00")},
    {"responseStatus": "declined"},
    {"subject": 5},
    {"seriesMasterId": 5},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_an_item_that_does_not_parse_is_named_and_the_others_go_on(change):
    entries = graph_calendar.by_id([event(**change), event(id="AAkALg2", subject=None)])
    assert graph_calendar.reading(entries, {}, WINDOW, titles=True) == Reading(
        (graph_event.booking(event(id="AAkALg2", subject=None), STOCKHOLM, None, titles=True),),
        frozenset({"AAkALg1"}),
    )


@pytest.mark.parametrize("item_id", [None, "", 5, "a\0b", "a\ud800", "x" * 513])
def test_an_item_without_a_usable_id_spoils_the_answer(item_id):
    answer = graph_calendar.by_id([event(id=item_id)])
    assert isinstance(answer, TryLater)
    assert answer.code == "bad_answer"


def test_an_item_on_two_pages_is_one():
    entries = graph_calendar.by_id([event(subject="old"), event(subject="new")])
    reading = graph_calendar.reading(entries, {}, WINDOW, titles=True)
    assert [one.subject for one in reading.bookings] == ["new"]


def test_what_was_asked_for_beyond_the_window_is_not_given_back():
    days = [("before", 23), ("inside", 24), ("across", 8), ("after", 9)]
    months = {"before": 11, "inside": 11, "across": 12, "after": 12}
    entries = graph_calendar.by_id(
        [
            event(
                id=name,
                start=at(f"2026-{months[name]}-{day:02}T22:30:00.0000000"),
                end=at(f"2026-{months[name]}-{day:02}T23:30:00.0000000"),
            )
            for name, day in days
        ]
    )
    reading = graph_calendar.reading(entries, {}, WINDOW, titles=True)
    assert [one.item_id for one in reading.bookings] == ["inside", "across"]


def test_an_occurrences_own_choice_goes_before_its_series():
    entries = graph_calendar.by_id(
        [event(id="own", seriesMasterId="series"), event(id="other", seriesMasterId="series")]
    )
    chosen = {"own": LUNCH, "series": Treatment("meeting")}
    reading = graph_calendar.reading(entries, chosen, WINDOW, titles=True)
    assert {one.item_id: one.choice for one in reading.bookings} == {
        "own": LUNCH,
        "other": Treatment("meeting"),
    }


def test_the_view_asks_a_day_more_at_both_ends_in_utc():
    request = graph_calendar.view(Mailbox("a b/c"), WINDOW, titles=False, addin_id=None)
    assert request.url == (
        "/users/a%20b%2Fc/calendarView?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-12-09T23:00:00Z&$top=500"
        "&$select=id,seriesMasterId,start,end,isAllDay,isCancelled,showAs,sensitivity,responseStatus"
    )


def of_one(**changed):
    """The reading of a calendar with one event, and its id."""
    entry = event(**changed)
    return graph_calendar.reading({entry["id"]: entry}, {}, WINDOW, titles=True), entry["id"]


@pytest.mark.parametrize("zone", ["Europe", "Nowhere/Land", "../x", "x" * 300])
def test_an_item_in_a_zone_that_is_none_is_named(zone):
    reading, item_id = of_one(start=at("2026-11-24T09:00:00", zone))
    assert reading == Reading((), frozenset({item_id}))


@pytest.mark.parametrize("sensitivity", ["private", "confidential", None, "new", 5])
def test_an_item_that_does_not_parse_and_is_not_plainly_normal_is_gone(sensitivity):
    assert of_one(start=None, sensitivity=sensitivity)[0] == Reading((), frozenset())


def test_a_series_without_a_name_is_none():
    assert booking(seriesMasterId="").series_id is None
