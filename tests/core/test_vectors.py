"""The vectors for overlap and return time: what is seen and heard at every moment something changes."""

from dataclasses import replace

import pytest

from calendarsync.core.booking import Booking, Skip
from calendarsync.core.rules import Policy
from calendarsync.core.timeline import caller_view, timeline

from .samples import (
    LUNCH,
    LUNCH_DIVERTED,
    OOF,
    STANDARD,
    TENTATIVE,
    A,
    D,
    absence,
    absences,
    at,
    booking,
    said,
)

TEN_TO_TWELVE = {"09:59": "-", "10:00": "meeting, back 12:00", "11:59": "meeting, back 12:00", "12:00": "-"}

VECTORS = {
    "V1 C28": (
        D,
        [booking("a", "10:00", "11:00"), booking("b", "11:00", "12:00")],
        {**TEN_TO_TWELVE, "10:59": "meeting, back 12:00", "11:00": "meeting, back 12:00"},
    ),
    "V2 C29": (
        D,
        [booking("a", "10:00", "12:00"), booking("b", "10:30", "11:00")],
        {**TEN_TO_TWELVE, "10:30": "meeting, back 12:00", "11:00": "meeting, back 12:00"},
    ),
    "V3 C30": (
        D,
        [booking("a", "08:00", "17:00", OOF), booking("b", "10:00", "11:00")],
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
        [booking("a", "10:00", "11:00"), booking("b", "11:00", "12:00", choice=LUNCH_DIVERTED)],
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
        [booking("a", "10:00", "12:00"), booking("b", "11:00", "13:00", private=True)],
        {**TEN_TO_TWELVE, "11:00": "meeting, back 12:00", "12:59": "-"},
    ),
    "V6": (
        D,
        [booking("a", "10:00", "11:00", TENTATIVE), booking("b", "10:30", "11:30")],
        {
            "10:00": "-",
            "10:29": "-",
            "10:30": "meeting, back 11:30",
            "11:29": "meeting, back 11:30",
            "11:30": "-",
        },
    ),
    "V7 C31": (D, [booking("a", "10:00", "12:00"), booking("b", "10:00", "12:00")], TEN_TO_TWELVE),
    "V7 C31 one removed": (D, [booking("b", "10:00", "12:00")], TEN_TO_TWELVE),
    "V8": (
        D,
        [booking("a", "10:00", "12:00"), booking("b", "11:00", "11:30", choice=Skip.BY_USER)],
        {**TEN_TO_TWELVE, "11:00": "meeting, back 12:00", "11:30": "meeting, back 12:00"},
    ),
    "V9": (D, [booking("a", "10:00", "12:00", choice=Skip.BY_USER)], {"10:00": "-", "11:59": "-"}),
    "V10": (
        A,
        [booking("a", "08:00", "17:00", OOF), booking("b", "10:00", "11:00", choice=LUNCH)],
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
        [booking("a", "10:00", "11:00"), booking("b", "11:00", "12:00", OOF)],
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
        [booking("a", "10:00", "11:00", OOF), booking("b", "08:00", "17:00")],
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
    "C28 reasons differ": (
        A,
        [booking("a", "10:00", "11:00"), booking("b", "11:00", "12:00", OOF)],
        {"10:00": "meeting, back 12:00", "11:00": "vacation, back 12:00", "12:00": "-"},
    ),
    "a minute between two meetings breaks the chain": (
        D,
        [booking("a", "10:00", "11:00"), booking("b", "11:01", "12:00")],
        {"10:59": "meeting, back 11:00", "11:00": "-", "11:01": "meeting, back 12:00"},
    ),
    "information between two diversions does not hold the chain together": (
        D,
        [
            booking("a", "10:00", "11:00"),
            booking("b", "11:00", "12:00", OOF),
            booking("c", "12:00", "13:00"),
        ],
        {"10:00": "meeting, back 11:00", "11:00": "away", "12:00": "meeting, back 13:00"},
    ),
}


@pytest.mark.parametrize(("policy", "bookings", "moments"), VECTORS.values(), ids=VECTORS.keys())
def test_a_caller_hears_and_a_colleague_sees(
    policy: Policy, bookings: list[Booking], moments: dict[str, str]
) -> None:
    held = absences(bookings, policy)
    assert {moment: said(caller_view(held, at(moment))) for moment in moments} == moments


def test_the_same_meeting_twice_is_two_entries() -> None:
    _, bookings, _ = VECTORS["V7 C31"]
    assert [each.item_id for each in absences(bookings, D)] == ["a", "b"]


def test_a_return_time_belongs_to_diversions_only() -> None:
    _, bookings, _ = VECTORS["V10"]
    returns = {each.item_id: each.returns_at for each in absences(bookings, A)}
    assert returns == {"a": at("17:00"), "b": None}


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        pytest.param({"k1": "11:00", "k2": "12:00"}, "k2", id="the latest end"),
        pytest.param({"k1": "12:00", "k2": "12:00"}, "k1", id="then the smallest key"),
    ],
)
@pytest.mark.parametrize("order", [1, -1], ids=["", "the other way round"])
def test_of_two_with_the_same_priority_one_is_seen(ends: dict[str, str], seen: str, order: int) -> None:
    keyed = [replace(absence("a", "10:00", end), key=key) for key, end in ends.items()][::order]
    view = caller_view(keyed, at("10:30"))
    assert view.absence is not None
    assert view.absence.key == seen


@pytest.mark.parametrize("order", [1, -1], ids=["", "the other way round"])
def test_the_timeline_is_by_start_then_end_then_item(order: int) -> None:
    ordered = [
        absence("d", "09:00", "12:00"),
        absence("c", "10:00", "11:00"),
        absence("a", "10:00", "12:00"),
        absence("b", "10:00", "12:00"),
    ]
    assert timeline(ordered[::order]) == ordered
