"""What One X should hold for one person, from what was read and what counts for them."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from .core.booking import ShowAs
from .core.plan import Clear, Set, plan
from .core.ports import MISSING, Missing, Reading, Refused
from .core.rules import Because, Policy, Verdict, decide
from .core.timeline import timeline
from .models import Provider, SyncedBooking, SyncedUser
from .reading import Result

RETENTION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Picture:
    """What One X should hold for one person, as far as a pass knows. `keep` None: nothing is known, all stays."""

    items: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    keep: frozenset[str] | None = frozenset()
    until: datetime | None = None

    @property
    def because(self) -> dict[str, Because]:
        """What decided, by item id: for what becomes an absence, and for what does not any more."""
        return dict(zip(self.items, (verdict.because for verdict in self.verdicts), strict=True))


UNKNOWN = Picture(keep=None)
NOTHING = Picture()


def policy(user: SyncedUser, provider: Provider) -> Policy:
    """What counts for one person: the provider's rules, the person's own, and what the extension can do."""
    return Policy(
        rules={ShowAs(rule.show_as): rule.treatment for rule in provider.rules.all()},
        own_rules={ShowAs(rule.show_as): rule.treatment for rule in user.own_rules.all()},
        plugin_enabled=provider.plugin_enabled,
        may_change_defaults=provider.may_change_defaults,
        titles=not provider.all_private,
        diversion=user.diversion,
    )


def picture_of(user: SyncedUser, provider: Provider, result: Result | None, now: datetime) -> Picture:
    """What One X should hold for this person, given what Microsoft answered (None: it was not asked)."""
    if not (provider.reads and user.follows):
        return NOTHING
    if isinstance(result, Reading):
        counts = policy(user, provider)
        verdicts = tuple(decide(booking, counts) for booking in result.bookings)
        items = tuple(booking.item_id for booking in result.bookings)
        return Picture(items, verdicts, result.unreadable, result.until)
    return NOTHING if _grace_is_over(user, provider, result, now) else UNKNOWN


def planned(
    user: SyncedUser, picture: Picture, held: list[SyncedBooking], now: datetime
) -> list[Set | Clear]:
    """What must change in our rows for the picture to come true."""
    keep = frozenset(row.item_id for row in held) if picture.keep is None else picture.keep
    return plan(
        timeline(verdict.absence for verdict in picture.verdicts if verdict.absence),
        [row.held for row in held],
        extension=user.extension,
        now=now,
        new_key=lambda: secrets.token_urlsafe(18),
        keep=keep,
        until=picture.until,
        # Nothing at all means the past too.
        expired_before=now + timedelta.resolution if picture is NOTHING else now - RETENTION,
    )


def untitled(held: list[SyncedBooking], changes: list[Set | Clear], now: datetime) -> list[Set | Clear]:
    """What must change besides where titles may not be shown any more: told without it, or, once over, withdrawn."""
    changing = {change.key for change in changes}
    rows = [row for row in held if row.title and not row.withdrawn and row.key not in changing]
    return [
        Set(row.key, row.extension, row.version + 1, replace(row.absence, title=None))
        if row.ends_at > now
        else Clear(row.key, row.extension, row.version + 1)
        for row in rows
    ]


def tally(reading: Reading, picture: Picture) -> dict[str, int]:
    """Coming bookings that the provider's rule decides, by *Visa som*: the figures for a preview of a rule."""
    counts: dict[str, int] = {}
    for booking, verdict in zip(reading.bookings, picture.verdicts, strict=True):
        if verdict.because in (Because.RULE, Because.RULE_OFF):
            counts[booking.show_as.value] = counts.get(booking.show_as.value, 0) + 1
    return counts


def _grace_is_over(user: SyncedUser, provider: Provider, result: Result | None, now: datetime) -> bool:
    """What cannot be read any more stands for a while, because the cause is often mended (robustness 3)."""
    grace = timedelta(hours=settings.GRACE_HOURS)
    if isinstance(result, Refused):
        return provider.trouble_since is not None and now - provider.trouble_since > grace
    return isinstance(result, Missing) and user.trouble in MISSING and user.in_trouble_for(now) > grace
