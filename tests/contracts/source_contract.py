"""What every `CalendarSource` promises. Each promise is a function of a `Stage`: an adapter over the simulated world.

`broken` names the promises that an adapter does not keep, so that a test can show that a bad one is found out.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Protocol
from zoneinfo import ZoneInfo

from calendarsync.core.booking import Booking, CallForwarding, ShowAs, Skip, Treatment
from calendarsync.core.ports import (
    CalendarSource,
    Callback,
    Mailbox,
    Missing,
    Reading,
    SourceError,
    Unavailable,
)
from calendarsync.core.window import Window
from mss.simulators.world import Person, World

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WINDOW = Window(datetime(2027, 3, 22, 8, tzinfo=UTC), datetime(2027, 4, 5, 22, tzinfo=UTC), STOCKHOLM)
TEN = datetime(2027, 3, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CALLBACK = Callback("https://mss.test/notified", "a-secret")
NEVER_ASKED = {"body", "bodyPreview", "attendees", "location", "locations", "organizer"}
TROUBLES = ["throttled", "unavailable", "missing", "garbage"]


class Stage(Protocol):
    """An adapter and the world behind it; the wire is the adapter's own business."""

    world: World

    def person(self, name: str = "Anna Berg", **fields: object) -> Person: ...

    def source(self, *, titles: bool = True, plugin: bool = True) -> CalendarSource: ...

    def mailbox(self, person: Person) -> Mailbox: ...

    def trouble(self, person: Person, kind: str) -> None:
        """Until further notice, reading this person's mailbox meets one of TROUBLES."""

    def break_connections(self) -> None:
        """Until further notice, no connection gives an answer."""

    def fields_asked(self) -> set[str]:
        """Every field of a booking that was asked for so far."""

    def unstable_ids_asked(self) -> int:
        """How many requests so far were for ids that change when an item is moved."""


Promise = Callable[[Stage], None]
PROMISES: list[Promise] = []


def promise(function: Promise) -> Promise:
    PROMISES.append(function)
    return function


def broken(make: Callable[[], AbstractContextManager[Stage]]) -> set[str]:
    """The names of the promises that do not hold, each on a stage of its own."""
    names = set()
    for one in PROMISES:
        with make() as stage:
            if not _holds(one, stage):
                names.add(one.__name__)
    return names


def _holds(one: Promise, stage: Stage) -> bool:
    try:
        one(stage)
    except Exception:  # a bad adapter may well make a promise stumble before it asserts
        return False
    return True


def read(stage: Stage, person: Person, window: Window = WINDOW, **settings: bool) -> dict[str, Booking]:
    """A person's bookings by title, or by number where there is none."""
    [(_, reading)] = stage.source(**settings).read([stage.mailbox(person)], window)
    assert isinstance(reading, Reading), reading
    assert (reading.unreadable, reading.until) == (frozenset(), None)
    return {booking.subject or f"#{index}": booking for index, booking in enumerate(reading.bookings)}


def told(answer: Reading | SourceError) -> object:
    """An answer as a plain value: how many bookings, or the error's class, code and seconds."""
    if isinstance(answer, Reading):
        return len(answer.bookings)
    return type(answer), answer.code, getattr(answer, "retry_after", None)


# Reading.


@promise
def a_booking_has_its_times_its_kind_and_its_title(stage):
    anna = stage.person()
    stage.world.book(anna.id, "Budget 🙂", TEN, TEN + HOUR, show_as="oof", zone="Asia/Tokyo")
    found = read(stage, anna)["Budget 🙂"]
    assert replace(found, item_id="") == Booking(
        "", TEN, TEN + HOUR, ShowAs.OOF, series_id=None, subject="Budget 🙂"
    )


@promise
def every_visa_som_is_told(stage):
    anna = stage.person()
    values = ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]
    for value in values:
        stage.world.book(anna.id, value, TEN, TEN + HOUR, show_as=value)
    found = read(stage, anna)
    assert [found[value].show_as.value for value in values] == values


@promise
def a_long_calendar_comes_whole(stage):
    anna = stage.person()
    titles = [f"Booking {number}" for number in range(1_203)]
    for number, title in enumerate(titles):
        stage.world.book(anna.id, title, TEN + number * timedelta(minutes=5), TEN + DAY * 5, show_as="free")
    assert sorted(read(stage, anna)) == sorted(titles)


@promise
def an_empty_calendar_is_an_answer(stage):
    assert read(stage, stage.person()) == {}


@promise
def nothing_of_a_private_booking_is_kept(stage):
    anna = stage.person()
    for sensitivity in ("private", "personal", "confidential", "topSecret"):
        event = stage.world.book(anna.id, sensitivity, TEN, TEN + HOUR, sensitivity=sensitivity)
        stage.world.set_choice(event.id, "lunch", "announcement")
    found = read(stage, anna).values()
    assert [(one.private, one.subject, one.choice) for one in found] == [(True, None, None)] * 4


@promise
def an_all_day_booking_is_the_local_days_across_the_clock_change(stage):
    anna = stage.person(zone="Asia/Tokyo")
    for zone in ("W. Europe Standard Time", "FLE Standard Time", "tzone://Microsoft/Custom"):
        stage.world.book(anna.id, zone, date(2027, 3, 28), date(2027, 3, 29), all_day=True, zone=zone)
    found = {(one.all_day, one.starts_at, one.ends_at) for one in read(stage, anna).values()}
    assert found == {
        (True, datetime(2027, 3, 27, 23, tzinfo=UTC), datetime(2027, 3, 28, 22, tzinfo=UTC)),
    }


@promise
def an_all_day_booking_of_today_belongs_wherever_its_owner_lives(stage):
    evening = replace(WINDOW, starts_at=datetime(2027, 3, 22, 20, 30, tzinfo=UTC))
    for name, zone in (("Aki", "Asia/Tokyo"), ("Ed", "America/New_York")):
        person = stage.person(name, zone=zone)
        for title, day in (("first", date(2027, 3, 22)), ("last", date(2027, 4, 5))):
            stage.world.book(person.id, title, day, day + DAY, all_day=True, zone=zone)
        assert sorted(read(stage, person, evening)) == ["first", "last"]


@promise
def what_overlaps_the_window_is_given_and_nothing_else(stage):
    anna = stage.person()
    minute = timedelta(minutes=1)
    spans = {
        "under way": (WINDOW.starts_at - HOUR, WINDOW.starts_at + minute),
        "across the end": (WINDOW.ends_at - minute, WINDOW.ends_at + DAY),
        "just over": (WINDOW.starts_at - HOUR, WINDOW.starts_at),
        "not yet": (WINDOW.ends_at, WINDOW.ends_at + HOUR),
    }
    for title, span in spans.items():
        stage.world.book(anna.id, title, *span)
    assert sorted(read(stage, anna)) == ["across the end", "under way"]


@promise
def occurrences_of_a_series_are_bookings_of_their_own(stage):
    anna = stage.person()
    _, _, second, third = stage.world.book_series(anna.id, "Standup", TEN, TEN + HOUR, 1, 3)
    stage.world.change(second.id, subject="Moved", starts_at=TEN + DAY + HOUR, ends_at=TEN + DAY + 2 * HOUR)
    stage.world.delete(third.id)
    found = read(stage, anna)
    assert {title: one.starts_at for title, one in found.items()} == {
        "Standup": TEN,
        "Moved": TEN + DAY + HOUR,
    }
    assert len({one.series_id for one in found.values()} - {None}) == 1
    assert len({one.item_id for one in found.values()}) == 2


@promise
def cancelled_and_declined_are_told(stage):
    anna = stage.person()
    stage.world.book(anna.id, "cancelled", TEN, TEN + HOUR, cancelled=True)
    stage.world.book(anna.id, "declined", TEN, TEN + HOUR, response="declined")
    stage.world.book(anna.id, "accepted", TEN, TEN + HOUR, response="accepted")
    found = read(stage, anna)
    assert {title: (one.cancelled, one.declined) for title, one in found.items()} == {
        "cancelled": (True, False),
        "declined": (False, True),
        "accepted": (False, False),
    }


@promise
def an_id_survives_a_move_to_another_folder(stage):
    anna = stage.person()
    event = stage.world.book(anna.id, "Budget", TEN, TEN + HOUR)
    before = read(stage, anna)["Budget"].item_id
    stage.world.move_to_folder(event.id)
    assert read(stage, anna)["Budget"].item_id == before
    assert stage.unstable_ids_asked() == 0


# What is asked for.


@promise
def a_title_is_not_asked_for_where_titles_are_off(stage):
    anna = stage.person()
    stage.world.book(anna.id, "Secret", TEN, TEN + HOUR)
    [booking] = read(stage, anna, titles=False).values()
    assert booking.subject is None
    assert stage.fields_asked() & {"subject", "*"} == set()


@promise
def body_people_and_place_are_never_asked_for(stage):
    anna = stage.person()
    event = stage.world.book(anna.id, "Secret", TEN, TEN + HOUR, body="b", location="l")
    stage.world.set_choice(event.id, skip=True)
    read(stage, anna)
    assert stage.fields_asked() & {*NEVER_ASKED, "*"} == set()


# The Outlook add-in's choice.


@promise
def a_choice_comes_with_its_booking(stage):
    anna = stage.person()
    chosen = [
        stage.world.book(anna.id, title, TEN, TEN + HOUR) for title in ("none", "lunch", "skip", "foreign")
    ]
    stage.world.set_choice(chosen[1].id, "lunch", "announcement")
    stage.world.set_choice(chosen[2].id, skip=True)
    stage.world.change(chosen[3].id, choice=stage.world.events[chosen[1].id].choice.replace("anna", "bo"))
    assert {title: one.choice for title, one in read(stage, anna).items()} == {
        "none": None,
        "lunch": Treatment("lunch", CallForwarding.ANNOUNCEMENT),
        "skip": Skip.BY_USER,
        "foreign": None,
    }


@promise
def a_choice_is_not_read_while_the_plugin_is_off(stage):
    anna = stage.person()
    stage.world.set_choice(stage.world.book(anna.id, "Budget", TEN, TEN + HOUR).id, skip=True)
    assert read(stage, anna, plugin=False)["Budget"].choice is None


@promise
def a_choice_for_a_series_counts_where_an_occurrence_has_none(stage):
    anna = stage.person()
    master, _, second = stage.world.book_series(anna.id, "Standup", TEN, TEN + HOUR, 1, 2)
    stage.world.set_choice(master.id, "meeting", "none")
    stage.world.set_choice(second.id, "lunch", "announcement")
    stage.world.change(second.id, subject="Own")
    both = {title: one.choice for title, one in read(stage, anna).items()}
    stage.world.clear_choice(second.id)
    again = {title: one.choice for title, one in read(stage, anna).items()}
    assert both == {"Standup": Treatment("meeting"), "Own": Treatment("lunch", CallForwarding.ANNOUNCEMENT)}
    assert again == {"Standup": Treatment("meeting"), "Own": Treatment("meeting")}


# Trouble.


@promise
def each_mailbox_stands_alone_whichever_of_a_batch_are_in_trouble(stage):
    people = [stage.person(f"Person {number}") for number in range(4)]
    for person in people:
        stage.world.book(person.id, "Budget", TEN, TEN + HOUR)
    mailboxes = [stage.mailbox(person) for person in people]
    expected = {
        "throttled": (Unavailable, "throttled", 30.0),
        "unavailable": (Unavailable, "server_error", None),
        "missing": (Missing, "no_mailbox", None),
        "garbage": (Unavailable, "bad_answer", None),
    }
    for kind in TROUBLES:
        for struck in _subsets(range(len(people))):
            stage.world.faults.clear()
            for number in struck:
                stage.trouble(people[number], kind)
            answers = {box: told(answer) for box, answer in stage.source().read(mailboxes, WINDOW)}
            assert answers == {
                box: expected[kind] if number in struck else 1 for number, box in enumerate(mailboxes)
            }


def _subsets(numbers):
    return [set(some) for size in range(len(numbers) + 1) for some in combinations(numbers, size)]


@promise
def a_connection_that_breaks_is_everybodys_trouble_and_nobodys_empty_calendar(stage):
    people = [stage.person(f"Person {number}") for number in range(3)]
    mailboxes = [stage.mailbox(person) for person in people]
    stage.break_connections()
    answers = {box: told(answer) for box, answer in stage.source().read(mailboxes, WINDOW)}
    assert answers == dict.fromkeys(mailboxes, (Unavailable, "unreachable", None))


@promise
def a_mailbox_that_is_not_there_is_missing(stage):
    ghost, nobody = stage.person("No Mailbox", mailbox=False), Mailbox("00000000-0000-4000-8000-000000000000")
    answers = dict(stage.source().read([stage.mailbox(ghost), nobody], WINDOW))
    assert {box.id: told(answer) for box, answer in answers.items()} == {
        ghost.id: (Missing, "no_mailbox", None),
        nobody.id: (Missing, "mailbox_not_found", None),
    }


@promise
def many_mailboxes_are_each_answered_once(stage):
    people = [stage.person(f"Person {number}") for number in range(45)]
    for person in people:
        stage.world.book(person.id, person.name, TEN, TEN + HOUR)
    answers = list(stage.source().read([stage.mailbox(person) for person in people], WINDOW))
    titles = {box.id: [one.subject for one in reading.bookings] for box, reading in answers}
    assert len(answers) == len(people)
    assert titles == {person.id: [person.name] for person in people}
