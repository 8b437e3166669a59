"""How soon a change in Outlook stands in One X, with notifications alone to bring it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from .conftest import Control, until

CHANGES = 20
SOON = 2.0  # seconds
START = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
HOUR = timedelta(hours=1)
Delays = dict[str, list[float]]


def warm_up(control: Control, email: str) -> None:
    """The terminal says where to go a little before the engine has subscribed to everybody."""
    control.post("book", person=email, subject="Först", starts_at=START, ends_at=START + HOUR)
    until(lambda: "Först" in titles(control), 30)


def titles(control: Control) -> set[str]:
    return {each["title"] for each in control.absences()}


def bookings(control: Control, email: str) -> Iterator[str]:
    """Make one more booking each time; its title."""
    for number in range(CHANGES):
        title = f"Bokning {number}"
        control.post("book", person=email, subject=title, starts_at=START, ends_at=START + HOUR)
        yield title


def bookings_and_moves(control: Control, emails: list[str]) -> Iterator[str]:
    """Make a booking for the first half of the times, then move them one by one; the title it has now."""
    booked = []
    for number, email in enumerate(emails):
        title = f"Flera {number}"
        times = {"starts_at": START, "ends_at": START + HOUR}
        booked.append(control.post("book", person=email, subject=title, **times)["id"])
        yield title
    for number, event in enumerate(booked):
        title = f"Flyttad {number}"
        control.post("change", event=event, subject=title, starts_at=START + HOUR, ends_at=START + 2 * HOUR)
        yield title


@pytest.fixture(scope="module")
def delays(control: Control) -> Delays:
    """Seconds until One X held each of twenty changes, one a second: for ten people, and meanwhile for one more."""
    one, *others = [each["email"] for each in control.people()[-1 - CHANGES // 2 :]]
    changes = {"one": bookings(control, one), "others": bookings_and_moves(control, others)}
    asked: dict[str, tuple[str, float]] = {}
    delays: Delays = {whose: [] for whose in changes}
    warm_up(control, one)
    begun, made = time.monotonic(), 0
    while (asked or made < CHANGES) and time.monotonic() < begun + 2 * CHANGES:
        if made < CHANGES and time.monotonic() >= begun + made:
            asked |= {next(each): (whose, time.monotonic()) for whose, each in changes.items()}
            made += 1
        for title in asked.keys() & titles(control):
            whose, at = asked.pop(title)
            delays[whose].append(round(time.monotonic() - at, 2))
        time.sleep(0.05)
    assert asked == {}, "never came"
    return delays


@pytest.mark.parametrize("whose", ["others", "one"])
def test_twenty_changes_one_second_apart_are_in_one_x_within_two_seconds_each(
    delays: Delays, whose: str
) -> None:
    assert [each for each in delays[whose] if each > SOON] == []
