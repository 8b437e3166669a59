"""Two readings after each other, and what One X is told in between."""

from dataclasses import replace
from datetime import datetime

import pytest

from calendarsync.core.booking import Absence, Booking, Skip
from calendarsync.core.plan import Clear, plan
from calendarsync.core.rules import Policy
from calendarsync.core.window import all_day, window

from .samples import (
    AWAY,
    BUSY,
    FREE,
    LUNCH,
    LUNCH_DIVERTED,
    MEETING,
    OOF,
    STOCKHOLM,
    TENTATIVE,
    UNKNOWN,
    WEDNESDAY,
    A,
    D,
    absences,
    applied,
    at,
    booking,
    clock,
    keys,
)

INFORMS = replace(D, rules={BUSY: MEETING, OOF: AWAY})
MEETING_10_TO_11 = booking("a", "10:00", "11:00", subject="Budget")
RUNNING = {"now": "10:30"}

Reading = tuple[list[Absence], datetime]


def reading(
    *bookings: Booking, now: str = "09:00", day: int = 0, policy: Policy = INFORMS, days_ahead: int = 14
) -> Reading:
    """What is wanted after a complete reading at a moment."""
    moment = at(now, day)
    seen = window(moment, days_ahead, STOCKHOLM)
    return absences(filter(seen.has, bookings), policy), moment


def told(before: Reading, after: Reading) -> list[str]:
    new_key = keys()
    wanted, now = before
    held = applied([], plan(wanted, [], extension="here", now=now, new_key=new_key))
    items = {row.key: row.item_id for row in held}
    wanted, now = after
    changes = plan(wanted, held, extension="here", now=now, new_key=new_key)
    return [
        f"clear {items[each.key]} v{each.version}"
        if isinstance(each, Clear)
        else f"set {each.absence.item_id} v{each.version} {words(each.absence)}"
        for each in changes
    ]


def words(absence: Absence) -> str:
    back = f", back {clock(absence.returns_at)}" if absence.returns_at else ""
    return f"{clock(absence.starts_at)}–{clock(absence.ends_at)} {absence.reason}{back}"


def series(*starts: str, first_day: int = 0, length: str = "30", **fields: object) -> list[Booking]:
    """An occurrence a day: d0, d1, …"""
    return [
        booking(f"d{n}", start, f"{start[:3]}{length}", day=n, series_id="s", **fields)
        for n, start in enumerate(starts, start=first_day)
    ]


def but(occurrence: int, **fields: object) -> list[Booking]:
    """The series with one occurrence changed."""
    return [replace(each, **fields) if n == occurrence else each for n, each in enumerate(DAILY)]


DAILY = series("10:00", "10:00", "10:00")
FAR = {"starts_at": at("10:00", 40), "ends_at": at("10:30", 40)}
LONG = Booking("a", at("08:00", -3), at("12:00", 20), BUSY)
DAY_OFF = Booking("a", *all_day(WEDNESDAY, WEDNESDAY.replace(day=13), STOCKHOLM), OOF, all_day=True)

CASES = {
    "C07 a meeting loses its length": (
        reading(MEETING_10_TO_11),
        reading(booking("a", "10:00", "10:00")),
        ["clear a v2"],
    ),
    "C08 one that ends before it starts does not stop the rest": (
        reading(),
        reading(booking("a", "12:00", "11:00"), booking("b", "10:00", "11:00")),
        ["set b v1 10:00–11:00 meeting"],
    ),
    "C09 C10 longer than the window: real start and end": (
        reading(),
        reading(LONG),
        ["set a v1 08:00–12:00 meeting"],
    ),
    "C10 the window moves on within a long one": (reading(LONG), reading(LONG, day=1), []),
    "C11 the new day's occurrence comes without a notification": (
        reading(*DAILY, days_ahead=1),
        reading(*DAILY, days_ahead=1, day=1),
        ["set d2 v1 10:00–10:30 meeting"],
    ),
    "C12 fewer days ahead": (reading(*DAILY), reading(*DAILY, days_ahead=1), ["clear d2 v2"]),
    "C12 more days ahead": (
        reading(*DAILY, days_ahead=1),
        reading(*DAILY),
        ["set d2 v1 10:00–10:30 meeting"],
    ),
    "C14 one occurrence moved": (
        reading(*DAILY),
        reading(*but(1, starts_at=at("14:00", 1), ends_at=at("15:00", 1))),
        ["set d1 v2 14:00–15:00 meeting"],
    ),
    "C15 an occurrence moved out of the window": (
        reading(*DAILY),
        reading(*but(1, **FAR)),
        ["clear d1 v2"],
    ),
    "C15 an occurrence moved into the window": (
        reading(*but(1, **FAR)),
        reading(*DAILY),
        ["set d1 v1 10:00–10:30 meeting"],
    ),
    "C16 one occurrence deleted": (reading(*DAILY), reading(DAILY[0], DAILY[2]), ["clear d1 v2"]),
    "C17 one occurrence made private": (
        reading(*DAILY),
        reading(*but(1, private=True)),
        ["clear d1 v2"],
    ),
    "C17 one occurrence to Tillgänglig": (
        reading(*DAILY),
        reading(*but(1, show_as=FREE)),
        ["clear d1 v2"],
    ),
    "C18 the series moved by half an hour, in one plan": (
        reading(*DAILY),
        reading(*series("10:30", "10:30", "10:30", length="59")),
        ["set d0 v2 10:30–10:59 meeting", "set d1 v2 10:30–10:59 meeting", "set d2 v2 10:30–10:59 meeting"],
    ),
    "C18 the series deleted, in one plan": (
        reading(*DAILY),
        reading(),
        ["clear d0 v2", "clear d1 v2", "clear d2 v2"],
    ),
    "C19 C35 Visa som becomes unknown": (
        reading(MEETING_10_TO_11),
        reading(booking("a", "10:00", "11:00", UNKNOWN)),
        ["clear a v2"],
    ),
    "C20 a choice on one occurrence": (
        reading(*DAILY),
        reading(*but(1, choice=LUNCH)),
        ["set d1 v2 10:00–10:30 lunch"],
    ),
    "C21 cancelled while its diversion is active": (
        reading(MEETING_10_TO_11, policy=D),
        reading(replace(MEETING_10_TO_11, cancelled=True), policy=D, **RUNNING),
        ["clear a v2"],
    ),
    "C22 declined": (
        reading(MEETING_10_TO_11),
        reading(replace(MEETING_10_TO_11, declined=True)),
        ["clear a v2"],
    ),
    "C23 Preliminär to Upptagen is one update": (
        reading(booking("a", "10:00", "11:00", TENTATIVE), policy=replace(D, rules={TENTATIVE: AWAY})),
        reading(MEETING_10_TO_11),
        ["set a v2 10:00–11:00 meeting"],
    ),
    "C24 private during a running diversion": (
        reading(MEETING_10_TO_11, policy=D),
        reading(replace(MEETING_10_TO_11, private=True), policy=D, **RUNNING),
        ["clear a v2"],
    ),
    "C25 private removed": (
        reading(replace(MEETING_10_TO_11, private=True)),
        reading(MEETING_10_TO_11),
        ["set a v1 10:00–11:00 meeting"],
    ),
    "C26 extended while running": (
        reading(MEETING_10_TO_11, policy=D),
        reading(booking("a", "10:00", "11:30"), policy=D, **RUNNING),
        ["set a v2 10:00–11:30 meeting, back 11:30"],
    ),
    "C27 ended early": (
        reading(MEETING_10_TO_11, policy=D),
        reading(booking("a", "10:00", "10:20"), policy=D, **RUNNING),
        ["clear a v2"],
    ),
    "simply ended": (reading(MEETING_10_TO_11), reading(MEETING_10_TO_11, now="11:00"), []),
    "C28 the next meeting moves up: the first one's return time too": (
        reading(MEETING_10_TO_11, booking("b", "11:30", "12:00"), policy=D),
        reading(MEETING_10_TO_11, booking("b", "11:00", "11:30"), policy=D, **RUNNING),
        ["set a v2 10:00–11:00 meeting, back 11:30", "set b v2 11:00–11:30 meeting, back 11:30"],
    ),
    "C28 the first of two has ended: the second stands": (
        reading(MEETING_10_TO_11, booking("b", "11:00", "12:00"), policy=D),
        reading(MEETING_10_TO_11, booking("b", "11:00", "12:00"), policy=D, now="11:00"),
        [],
    ),
    "C29 the meeting inside a longer one is deleted": (
        reading(booking("a", "10:00", "12:00"), booking("b", "10:30", "11:00"), policy=D),
        reading(booking("a", "10:00", "12:00"), policy=D, **RUNNING),
        ["clear b v2"],
    ),
    "C31 one of two equal bookings is deleted": (
        reading(MEETING_10_TO_11, replace(MEETING_10_TO_11, item_id="b"), policy=D),
        reading(MEETING_10_TO_11, policy=D),
        ["clear b v2"],
    ),
    "C32 the rule gains a diversion while it runs": (
        reading(MEETING_10_TO_11),
        reading(MEETING_10_TO_11, policy=D, **RUNNING),
        ["set a v2 10:00–11:00 meeting, back 11:00"],
    ),
    "C32 the rule loses its diversion while it runs": (
        reading(MEETING_10_TO_11, policy=D),
        reading(MEETING_10_TO_11, **RUNNING),
        ["set a v2 10:00–11:00 meeting"],
    ),
    "C32 the row is switched off": (
        reading(MEETING_10_TO_11, policy=D),
        reading(MEETING_10_TO_11, policy=replace(D, rules={BUSY: None}), **RUNNING),
        ["clear a v2"],
    ),
    "C33 Alla möten privata switched on": (
        reading(MEETING_10_TO_11),
        reading(MEETING_10_TO_11, policy=replace(INFORMS, titles=False)),
        ["set a v2 10:00–11:00 meeting"],
    ),
    "C56 the extension loses the diversion service": (
        reading(MEETING_10_TO_11, policy=D),
        reading(MEETING_10_TO_11, policy=replace(D, diversion=False)),
        ["set a v2 10:00–11:00 meeting"],
    ),
    "C59 nothing changed in Outlook": (
        reading(MEETING_10_TO_11, DAY_OFF, *DAILY, policy=A),
        reading(*DAILY, MEETING_10_TO_11, DAY_OFF, policy=A, now="09:50"),
        [],
    ),
    "the plugin switched off: the choice goes": (
        reading(replace(MEETING_10_TO_11, choice=LUNCH_DIVERTED)),
        reading(
            replace(MEETING_10_TO_11, choice=LUNCH_DIVERTED), policy=replace(INFORMS, plugin_enabled=False)
        ),
        ["set a v2 10:00–11:00 meeting"],
    ),
    "V9 a choice not to synchronise": (
        reading(MEETING_10_TO_11),
        reading(replace(MEETING_10_TO_11, choice=Skip.BY_USER)),
        ["clear a v2"],
    ),
}


@pytest.mark.parametrize(("before", "after", "changes"), CASES.values(), ids=CASES.keys())
def test_one_x_is_told(before: Reading, after: Reading, changes: list[str]) -> None:
    assert told(before, after) == changes
