"""Bookings, policies and moments that the tests of the core speak in.

Everything happens on a Wednesday in Stockholm, so that a row can say "10:00" and mean it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from calendarsync.core.booking import Absence, Booking, CallForwarding, ShowAs, Treatment
from calendarsync.core.plan import Clear, Held, Set
from calendarsync.core.rules import DEFAULT_RULES, Policy, decide
from calendarsync.core.timeline import CallerView, timeline

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEDNESDAY = date(2027, 5, 12)

BUSY, OOF, TENTATIVE, FREE = ShowAs.BUSY, ShowAs.OOF, ShowAs.TENTATIVE, ShowAs.FREE
ELSEWHERE, UNKNOWN = ShowAs.WORKING_ELSEWHERE, ShowAs.UNKNOWN

MEETING = Treatment("meeting")
AWAY = Treatment("away")
LUNCH = Treatment("lunch")
MEETING_DIVERTED = Treatment("meeting", CallForwarding.ANNOUNCEMENT)
LUNCH_DIVERTED = Treatment("lunch", CallForwarding.ANNOUNCEMENT)
VACATION_DIVERTED = Treatment("vacation", CallForwarding.ANNOUNCEMENT)

D = Policy(
    rules={BUSY: MEETING_DIVERTED, OOF: AWAY},
    own_rules={},
    plugin_enabled=True,
    may_change_defaults=True,
    titles=True,
    diversion=True,
)
A = replace(D, rules={BUSY: MEETING_DIVERTED, OOF: VACATION_DIVERTED})
STANDARD = replace(
    D,
    rules={
        show_as: Treatment(rule.reason, rule.forwarding) if rule.update else None
        for show_as, rule in DEFAULT_RULES.items()
    },
)


def at(clock: str, day: int = 0) -> datetime:
    """A local time of the Wednesday, or so many days later, as UTC."""
    local = datetime.combine(WEDNESDAY + timedelta(days=day), time.fromisoformat(clock), STOCKHOLM)
    return local.astimezone(UTC)


def clock(instant: datetime) -> str:
    return instant.astimezone(STOCKHOLM).strftime("%H:%M")


def booking(
    item_id: str, start: str, end: str, show_as: ShowAs = BUSY, *, day: int = 0, **fields: Any
) -> Booking:
    return Booking(item_id, at(start, day), at(end, day), show_as, **fields)


def absence(item_id: str, start: str, end: str, treatment: Treatment = MEETING, *, day: int = 0) -> Absence:
    times = at(start, day), at(end, day)
    return Absence(item_id, *times, treatment.reason, treatment.forwarding, priority=4)


def absences(bookings: Iterable[Booking], policy: Policy) -> list[Absence]:
    """What One X should hold for them."""
    verdicts = (decide(each, policy) for each in bookings)
    return timeline(verdict.absence for verdict in verdicts if verdict.absence)


def said(view: CallerView) -> str:
    """`-` nobody away · `lunch` information · `lunch, back 12:00` a caller hears it."""
    if view.returns_at is not None:
        return f"{view.reason}, back {clock(view.returns_at)}"
    return view.reason or "-"


def keys(prefix: str = "k") -> Any:
    """A maker of keys: k1, k2, …"""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def applied(held: Iterable[Held], changes: Iterable[Set | Clear]) -> list[Held]:
    """The rows after a plan was stored."""
    rows = {row.key: row for row in held}
    for change in changes:
        if isinstance(change, Clear):
            rows[change.key] = replace(rows[change.key], version=change.version, withdrawn=True)
        else:
            rows[change.key] = row_of(change)
    return list(rows.values())


def row_of(change: Set) -> Held:
    told = change.absence
    return Held(
        key=change.key,
        item_id=told.item_id,
        extension=change.extension,
        version=change.version,
        payload_hash=told.payload_hash,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
    )
