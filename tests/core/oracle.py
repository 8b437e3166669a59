"""What a colleague sees and a caller hears, found out the slow way: minute by minute.

Knows the values and nothing else of the core, so that a mistake there cannot agree with itself. Times must be
whole minutes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from calendarsync.core.booking import Absence, CallForwarding

MINUTE = timedelta(minutes=1)


def heard(absences: Iterable[Absence], at: datetime) -> tuple[str | None, bool, str | None, datetime | None]:
    """Item id, whether calls are diverted, reason, return time; `returns_at` of what is given is ignored."""
    everything = list(absences)
    winner = None
    for absence in everything:
        if covers(absence, at) and (winner is None or beats(absence, winner)):
            winner = absence
    if winner is None:
        return None, False, None, None
    if winner.forwarding == CallForwarding.NONE:
        return winner.item_id, False, winner.reason, None
    return winner.item_id, True, winner.reason, back(everything, at)


def covers(absence: Absence, moment: datetime) -> bool:
    return absence.starts_at <= moment and moment < absence.ends_at


def beats(one: Absence, other: Absence) -> bool:
    if one.priority != other.priority:
        return one.priority > other.priority
    if one.ends_at != other.ends_at:
        return one.ends_at > other.ends_at
    return one.key < other.key


def back(absences: list[Absence], at: datetime) -> datetime:
    """The first minute from `at` on that no diversion covers."""
    minute = at
    while any(covers(a, minute) for a in absences if a.forwarding == CallForwarding.ANNOUNCEMENT):
        minute += MINUTE
    return minute
