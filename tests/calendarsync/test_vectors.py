"""The vectors for overlap and return time, from Outlook to what a caller hears."""

from collections.abc import Callable
from typing import Any

import pytest

from .factories import A, D, Office

LUNCH = {"reason": "lunch"}
LUNCH_DIVERTED = {"reason": "lunch", "forwarding": "announcement"}
SKIP = {"skip": True}
STANDARD = ()

TEN_TO_TWELVE = {"09:59": "-", "10:00": "meeting, back 12:00", "11:59": "meeting, back 12:00", "12:00": "-"}

# Rules, bookings (start, end, show as, and the choice or other fields), and what is heard when.
VECTORS = {
    "V1": (
        D,
        [("10:00", "11:00"), ("11:00", "12:00")],
        {**TEN_TO_TWELVE, "10:59": "meeting, back 12:00", "11:00": "meeting, back 12:00"},
    ),
    "V2": (
        D,
        [("10:00", "12:00"), ("10:30", "11:00")],
        {**TEN_TO_TWELVE, "10:30": "meeting, back 12:00", "11:00": "meeting, back 12:00"},
    ),
    "V3": (
        D,
        [("08:00", "17:00", "oof"), ("10:00", "11:00")],
        {
            "07:59": "-",
            "08:00": "away",
            "09:59": "away",
            "10:00": "meeting, back 11:00",
            "10:59": "meeting, back 11:00",
            "11:00": "away",
            "16:59": "away",
            "17:00": "-",
        },
    ),
    "V4": (
        D,
        [("10:00", "11:00"), ("11:00", "12:00", "busy", {"choice": LUNCH_DIVERTED})],
        {
            "09:59": "-",
            "10:00": "meeting, back 12:00",
            "10:59": "meeting, back 12:00",
            "11:00": "lunch, back 12:00",
            "11:59": "lunch, back 12:00",
            "12:00": "-",
        },
    ),
    "V5": (
        D,
        [("10:00", "12:00"), ("11:00", "13:00", "busy", {"sensitivity": "private"})],
        {**TEN_TO_TWELVE, "11:00": "meeting, back 12:00", "12:59": "-"},
    ),
    "V6": (
        D,
        [("10:00", "11:00", "tentative"), ("10:30", "11:30")],
        {
            "10:00": "-",
            "10:29": "-",
            "10:30": "meeting, back 11:30",
            "11:00": "meeting, back 11:30",
            "11:29": "meeting, back 11:30",
            "11:30": "-",
        },
    ),
    "V7": (D, [("10:00", "12:00"), ("10:00", "12:00")], TEN_TO_TWELVE),
    "V8": (
        D,
        [("10:00", "12:00"), ("11:00", "11:30", "busy", {"choice": SKIP})],
        {**TEN_TO_TWELVE, "11:00": "meeting, back 12:00", "11:30": "meeting, back 12:00"},
    ),
    "V9": (D, [("10:00", "12:00", "busy", {"choice": SKIP})], {"10:00": "-", "11:59": "-"}),
    "V10": (
        A,
        [("08:00", "17:00", "oof"), ("10:00", "11:00", "busy", {"choice": LUNCH})],
        {
            "07:59": "-",
            "08:00": "vacation, back 17:00",
            "09:59": "vacation, back 17:00",
            "10:00": "lunch",
            "10:59": "lunch",
            "11:00": "vacation, back 17:00",
            "16:59": "vacation, back 17:00",
            "17:00": "-",
        },
    ),
    "V11": (
        STANDARD,
        [("10:00", "11:00"), ("11:00", "12:00", "oof")],
        {
            "09:59": "-",
            "10:00": "meeting",
            "10:59": "meeting",
            "11:00": "away",
            "11:59": "away",
            "12:00": "-",
        },
    ),
    "V12": (
        A,
        [("10:00", "11:00", "oof"), ("08:00", "17:00")],
        {
            "07:59": "-",
            "08:00": "meeting, back 17:00",
            "09:59": "meeting, back 17:00",
            "10:00": "vacation, back 17:00",
            "10:59": "vacation, back 17:00",
            "11:00": "meeting, back 17:00",
            "16:59": "meeting, back 17:00",
            "17:00": "-",
        },
    ),
}


def book(office: Office, start: str, end: str, show_as: str = "busy", fields: Any = None) -> None:
    fields = dict(fields or {})
    choice = fields.pop("choice", None)
    event = office.book(start, end, show_as, **fields)
    if choice:
        office.world.set_choice(event.id, **choice)


@pytest.mark.parametrize(("rules", "bookings", "moments"), VECTORS.values(), ids=VECTORS.keys())
def test_a_caller_hears_and_a_colleague_sees(
    opened: Callable[..., Office], rules: tuple[str, ...], bookings: list[Any], moments: dict[str, str]
) -> None:
    office = opened(*rules, "--plugin")
    for each in bookings:
        book(office, *each)
    office.sync()
    assert {moment: office.heard(moment) for moment in moments} == moments


def test_v5_nothing_of_the_private_booking_is_at_one_x(office: Office) -> None:
    office.book("10:00", "12:00")
    office.book("11:00", "13:00", sensitivity="private", subject="Läkare")
    office.sync()
    assert (office.held(), office.titles()) == (["10:00–12:00 meeting, back 12:00"], ["Budget"])


def test_v7_removing_one_of_two_equal_bookings_changes_nothing_for_a_caller(office: Office) -> None:
    twice = [office.book("10:00", "12:00"), office.book("10:00", "12:00")]
    office.sync()
    assert office.held() == ["10:00–12:00 meeting, back 12:00"] * 2
    office.world.delete(twice[0].id)
    office.sync()
    assert office.held() == ["10:00–12:00 meeting, back 12:00"]
    assert {moment: office.heard(moment) for moment in TEN_TO_TWELVE} == TEN_TO_TWELVE


def test_v11_the_standard_template_diverts_no_call(opened: Callable[..., Office]) -> None:
    office = opened()
    office.book("10:00", "11:00")
    office.book("11:00", "12:00", "oof")
    office.sync()
    answers = [
        office.world.pbx.call("+46101000001", each.change.absence.starts_at)
        for each in office.world.pbx.held("contoso", "anna")
    ]
    assert [each["answered_by"] for each in answers] == ["person", "person"]
