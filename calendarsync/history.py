"""What happened to a user (*Händelser*): codes and times, never a title or a name.

Written by the loops in the transaction of what they tell, read by the pages. An unchanged pass writes none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator

from .core.plan import Clear, Set
from .models import SyncedBooking, SyncedUser, UserEvent
from .rows import EXPIRED

# Codes of troubles that mostly pass by themselves: one becomes an event when the second attempt fails too.
PASSING = frozenset(
    {"throttled", "unreachable", "server_error", "bad_answer", "timeout", "internal", "unknown_customer"}
)
A_PAGE = 50
What = UserEvent.What


# Writing


class Shown(NamedTuple):
    """What a booking row said of an absence."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    forwarding: str
    all_day: bool
    withdrawn: bool = False


def shown(rows: Iterable[SyncedBooking]) -> dict[str, Shown]:
    """By key, as it is before a pass changes the rows."""
    return {
        row.key: Shown(row.starts_at, row.ends_at, row.reason, row.forwarding, row.all_day, row.withdrawn)
        for row in rows
    }


def of_bookings(
    user: SyncedUser,
    before: Mapping[str, Shown],
    rows: Iterable[SyncedBooking],
    changes: Iterable[Set | Clear],
    because: Mapping[str, str],
    otherwise: str,
) -> list[UserEvent]:
    """The events of what a pass wants changed. `rows`: as they are afterwards; `because`: what decided, by item id;
    `otherwise`: why a booking is cleared that One X was never told of."""
    if user.state == SyncedUser.State.REMOVING:
        return []
    withdrawn = {row.key: row.because for row in rows if row.withdrawn}
    events = []
    for change in changes:
        was = before.get(change.key)
        if isinstance(change, Set):
            event = _wanted(change, was, because.get(change.absence.item_id, ""))
        else:
            event = _cleared(change, was, withdrawn.get(change.key, otherwise))
        if event:
            event.synced_user = user
            events.append(event)
    return events


def _wanted(change: Set, was: Shown | None, code: str) -> UserEvent | None:
    """None where only what follows from other bookings, or the title, is another."""
    absence = change.absence
    now = Shown(absence.starts_at, absence.ends_at, absence.reason, absence.forwarding.value, absence.all_day)
    standing = was if was and not was.withdrawn else None
    if now == standing:
        return None
    event = _of_booking(What.CHANGED if standing else What.SET, change, now, code)
    if standing:
        event.starts_before, event.ends_before = standing.starts_at, standing.ends_at
        event.reason_before, event.forwarding_before = standing.reason, standing.forwarding
    return event


def _cleared(change: Clear, was: Shown | None, code: str) -> UserEvent | None:
    """Not for what has reached its end: that goes with its booking."""
    return None if was is None or code == EXPIRED else _of_booking(What.CLEARED, change, was, code)


def _of_booking(what: UserEvent.What, change: Set | Clear, shown: Shown, code: str) -> UserEvent:
    return UserEvent(
        what=what,
        code=code,
        key=change.key,
        version=change.version,
        starts_at=shown.starts_at,
        ends_at=shown.ends_at,
        all_day=shown.all_day,
        reason=shown.reason,
        forwarding=shown.forwarding,
        over_at=shown.ends_at,
    )


def of_trouble(user: SyncedUser, before: Mapping[str, Any]) -> list[UserEvent]:
    """`before`: `trouble` and `failures` as they were before the pass."""
    was, now = _told(before["trouble"], before["failures"]), _told(user.trouble, user.failures)
    if was == now or user.state == SyncedUser.State.REMOVING or {was, now} <= PASSING:
        return []
    return [UserEvent(synced_user=user, what=What.TROUBLE if now else What.WELL, code=now or was)]


def _told(trouble: str, failures: int) -> str:
    return "" if trouble in PASSING and failures < 2 else trouble


def of_answers(
    refused: Iterable[tuple[SyncedBooking, str]], waiting: Iterable[tuple[SyncedBooking, str]]
) -> list[UserEvent]:
    """What One X answered, by rows as they were before: a refusal once, and once a user that it is waited for."""
    events = [_refused(row, code) for row, code in refused if row.trouble != code]
    first = {row.synced_user_id: (row, code) for row, code in waiting if not row.trouble}
    events += [
        UserEvent(synced_user=row.synced_user, what=What.WAITING, code=code) for row, code in first.values()
    ]
    return [each for each in events if each.synced_user.state != SyncedUser.State.REMOVING]


def _refused(row: SyncedBooking, code: str) -> UserEvent:
    return UserEvent(
        synced_user=row.synced_user,
        what=What.REFUSED,
        code=code,
        key=row.key,
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        all_day=row.all_day,
        reason=row.reason,
        forwarding=row.forwarding,
        over_at=row.ends_at,
    )


def write(events: Sequence[UserEvent], now: datetime, asked: Mapping[int, datetime] | None = None) -> None:
    """In the transaction of what they tell. `asked`: as `asked_at` says."""
    for event in events:
        event.at = now
        event.over_at = event.over_at or now
        event.asked_at = (asked or {}).get(event.synced_user_id)
    if events:
        UserEvent.objects.bulk_create(events, batch_size=500)


def asked_at(users: Iterable[SyncedUser]) -> dict[int, datetime]:
    """When the oldest wish of each was made that is not read yet, by user id; only of those somebody asked for."""
    return {
        user.pk: user.requested_at for user in users if user.requested_at and user.read_seq < user.asked_seq
    }


# Reading


def events(user: SyncedUser, page: int | str | None) -> Page[UserEvent]:
    """50 a page, the newest first; a page that does not exist is the nearest one that does."""
    return Paginator(UserEvent.objects.filter(synced_user=user).order_by("-pk"), A_PAGE).get_page(page)
