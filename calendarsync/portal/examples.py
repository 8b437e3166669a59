"""Examples of what changed rules would do: a few calendars read live, and nothing of it stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from .. import explain
from ..core.booking import Absence, Booking
from ..core.ports import PortError, Reading
from ..core.rules import Policy, decide
from ..core.timeline import timeline
from ..models import Provider, SyncedUser
from ..picture import policy
from ..reading import Result, read
from . import preview
from .preview import Rules

USERS, ROWS = 20, 10


@dataclass(frozen=True, slots=True)
class Example:
    """A coming booking that becomes something else; None: not synchronised."""

    user: SyncedUser
    booking: Booking
    before: Absence | None
    after: Absence | None


@dataclass(frozen=True, slots=True)
class Examples:
    """`away`: the code of why Outlook could not be read for any of these `users`, or ''."""

    rows: tuple[Example, ...]
    users: int
    away: str = ""


def look(provider: Provider, before: Rules, after: Rules, actor: str, now: datetime) -> Examples:
    """The first 10 changes, by time, of at most 20 users whom their last reading says it concerns. Audited."""
    found = preview.concerned(provider, before, after).prefetch_related("own_rules").order_by("pk")
    users = list(found[:USERS])
    for user in users:
        explain.audit(user, {"rules_preview": now.isoformat(timespec="seconds")}, actor)
    results = read(provider, users, now)
    rows = [row for user in users for row in _of(user, provider, results.get(user.pk), before, after)]
    rows.sort(key=lambda each: (each.booking.starts_at, each.booking.ends_at, each.user.pk))
    return Examples(tuple(rows[:ROWS]), len(users), _away(list(results.values())))


def _away(results: list[Result]) -> str:
    codes = [result.code for result in results if isinstance(result, PortError)]
    return codes[0] if codes and len(codes) == len(results) else ""


def _of(
    user: SyncedUser, provider: Provider, result: Result | None, before: Rules, after: Rules
) -> Iterator[Example]:
    """Each booking that the two judge otherwise, as it stands among its neighbours."""
    if not isinstance(result, Reading):
        return
    counts = policy(user, provider)
    old, new = (_judged(result, replace(counts, rules=rules)) for rules in (before, after))
    for booking in result.bookings:
        was, becomes = old.get(booking.item_id), new.get(booking.item_id)
        if _told(was) != _told(becomes):
            yield Example(user, booking, was, becomes)


def _judged(reading: Reading, counts: Policy) -> dict[str, Absence]:
    verdicts = (decide(booking, counts) for booking in reading.bookings)
    return {each.item_id: each for each in timeline(v.absence for v in verdicts if v.absence)}


def _told(absence: Absence | None) -> tuple[str, str] | None:
    return (absence.reason, absence.forwarding.value) if absence else None
