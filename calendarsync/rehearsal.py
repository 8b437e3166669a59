"""What a synchronisation would change, without writing anything: the same reading, rules and plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from .core.booking import Absence
from .core.plan import Clear, Set
from .core.ports import PortError, Reading
from .models import Provider, SyncedBooking, SyncedUser
from .picture import picture_of, planned
from .reading import Result, read

CHUNK = 20


@dataclass(frozen=True, slots=True)
class Change:
    """`verb`: set, change or clear. `absence` None: nothing is known any more of what is cleared."""

    verb: str
    absence: Absence | None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of one user. `read`: the calendar was read whole; `trouble`: the code of what went wrong, or
    ''; `changes`: a line of text each, without titles; `planned`: the same as values."""

    user: SyncedUser
    read: bool
    changes: list[str]
    trouble: str = ""
    planned: tuple[Change, ...] = ()


def rehearse(users: QuerySet[SyncedUser], now: datetime) -> Iterator[Rehearsed]:
    """Each of these users in turn."""
    providers = Provider.objects.select_related("company").prefetch_related("rules")
    for provider in providers.filter(users__in=users).distinct().order_by("pk"):
        theirs = list(users.filter(provider=provider).prefetch_related("own_rules").order_by("pk"))
        for start in range(0, len(theirs), CHUNK):
            yield from _chunk(provider, theirs[start : start + CHUNK], now)


def _chunk(provider: Provider, users: list[SyncedUser], now: datetime) -> Iterator[Rehearsed]:
    asked = [user for user in users if user.follows] if provider.reads else []
    results = read(provider, asked, now)
    for user in users:
        result = results.get(user.pk)
        trouble = result.code if isinstance(result, PortError) else ""
        changes = tuple(_changes(user, provider, result, now))
        lines = [_line(change) for change in changes]
        yield Rehearsed(user, isinstance(result, Reading), lines, trouble, changes)


def _changes(user: SyncedUser, provider: Provider, result: Result | None, now: datetime) -> Iterator[Change]:
    held = list(SyncedBooking.objects.filter(synced_user=user))
    rows = {row.key: row for row in held}
    for change in planned(user, picture_of(user, provider, result, now), held, now):
        yield _change(change, rows.get(change.key))


def _change(change: Set | Clear, row: SyncedBooking | None) -> Change:
    if isinstance(change, Set):
        return Change("change" if row else "set", change.absence)
    return Change("clear", row.absence if row else None)


def _line(change: Change) -> str:
    absence = change.absence
    if absence is None:
        return "would clear"
    verb = "would change to" if change.verb == "change" else f"would {change.verb}"
    starts, ends = timezone.localtime(absence.starts_at), timezone.localtime(absence.ends_at)
    return f"{verb} {absence.reason} ({absence.forwarding.value}) {starts:%Y-%m-%d %H:%M}–{ends:%H:%M}"
