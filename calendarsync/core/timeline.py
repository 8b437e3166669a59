"""How one person's absences add up: the return time a caller hears, and what is seen at a moment."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter, itemgetter

from .booking import Absence, CallForwarding


def timeline(absences: Iterable[Absence]) -> list[Absence]:
    """The absences by start; `returns_at` of a diversion is the latest end of its unbroken chain.

    Touching or overlapping diversions are one chain, whatever their reasons: no announcement may promise a
    return in the middle of the next meeting.
    """
    ordered = sorted(absences, key=attrgetter("starts_at", "ends_at", "item_id"))
    stretches = _stretches(absence for absence in ordered if _diverts(absence))
    return [replace(absence, returns_at=_return_time(absence, stretches)) for absence in ordered]


def _diverts(absence: Absence) -> bool:
    return absence.forwarding is CallForwarding.ANNOUNCEMENT


def _stretches(diversions: Iterable[Absence]) -> list[tuple[datetime, datetime]]:
    """First start and latest end of each chain, given diversions by start."""
    stretches: list[tuple[datetime, datetime]] = []
    for diversion in diversions:
        starts_at, ends_at = diversion.starts_at, diversion.ends_at
        if stretches and starts_at <= stretches[-1][1]:
            starts_at, reached = stretches.pop()
            ends_at = max(ends_at, reached)
        stretches.append((starts_at, ends_at))
    return stretches


def _return_time(absence: Absence, stretches: list[tuple[datetime, datetime]]) -> datetime | None:
    if not _diverts(absence):
        return None
    _, ends_at = stretches[bisect_right(stretches, absence.starts_at, key=itemgetter(0)) - 1]
    return ends_at


@dataclass(frozen=True, slots=True)
class CallerView:
    """A moment: the absence a colleague sees (None: nothing), and what a caller hears if `diverted`.

    `reason` is the absence's; `returns_at` is None unless diverted.
    """

    absence: Absence | None
    diverted: bool
    reason: str | None
    returns_at: datetime | None


def caller_view(absences: Iterable[Absence], at: datetime) -> CallerView:
    """What One X makes of these absences at a moment, unless somebody set a state by hand in One X."""
    active = [absence for absence in absences if absence.starts_at <= at < absence.ends_at]
    if not active:
        return CallerView(None, diverted=False, reason=None, returns_at=None)
    seen = _decisive(active)
    diverted = _diverts(seen)
    return CallerView(seen, diverted, seen.reason, (seen.returns_at or seen.ends_at) if diverted else None)


def _decisive(active: list[Absence]) -> Absence:
    """Highest priority, then latest end, then smallest key; the item id stands in for a key not made yet."""
    by_key = sorted(active, key=attrgetter("key", "item_id"))
    return max(by_key, key=attrgetter("priority", "ends_at"))
