"""How a company's instances are: figures and one status each, for the list, the dashboard and an instance's pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.templatetags.shell import number

from .. import health, suspicion
from ..core.ports import MISSING
from ..models import Provider, SyncedBooking, SyncedUser
from ..pacing import UNREADABLE
from .alphabet import swedish_order

HOUR = timedelta(hours=1)
LISTED = ~Q(users__state=SyncedUser.State.REMOVING)
FOLLOWED = Q(users__active=True, users__state=SyncedUser.State.ACTIVE)
# What trying again does not mend.
TROUBLED = Q(users__state=SyncedUser.State.BLOCKED) | (
    LISTED & Q(users__active=True, users__trouble__in=[*MISSING, UNREADABLE])
)

# `emptied` and `users` are filled in.
PAUSED_WHY = _(
    "The sync is paused. The bookings of %(emptied)s of %(users)s users disappeared at once. "
    "Check the consent and Exchange."
)
LATE_WHY = _("No user has been updated for an hour. New attempts are made. Call support if it lasts.")


@dataclass(frozen=True, slots=True)
class Status:
    """`kind`: ok, warn, bad, idle or busy."""

    kind: str
    word: str | Promise


UNFINISHED = Status("warn", _("Not finished"))
INACTIVE = Status("idle", _("Not active"))
STOPPED = Status("bad", _("Does not sync"))
NEEDS_ACTION = Status("warn", _("Needs action"))
UNDER_WAY = Status("busy", _("Under way"))
SYNCS = Status("ok", _("Syncs"))


@dataclass(frozen=True, slots=True)
class Overview:
    """One instance. Figures count users who are listed; `last`: when the latest of them was updated.

    `fresh`: the share (0 to 1) of those followed who were updated within the last hour; None where nobody is."""

    provider: Provider
    status: Status
    users: int
    updated: int  # within the last hour
    never: int
    troubled: int
    last: datetime | None
    fresh: float | None = None
    since: datetime | None = None
    why: str | Promise = ""

    @property
    def braked(self) -> bool:
        """Whether it waits for one of the administrator's two answers, and for nothing graver."""
        return self.provider.reads and self.provider.braked_at is not None and not self.provider.trouble


@dataclass(frozen=True, slots=True)
class Held:
    """What would go with an instance: its users, and their absences in One X."""

    users: int
    absences: int


def held(provider: Provider) -> Held:
    users = provider.users.listed()
    absences = SyncedBooking.objects.standing().filter(synced_user__in=users)
    return Held(users.count(), absences.count())


def of(provider: Provider, now: datetime) -> Overview:
    return _overviews(Provider.objects.filter(pk=provider.pk), now)[0]


def of_company(company: Company, now: datetime) -> list[Overview]:
    """All instances but those being removed, by name; one query, and one more for each that is paused."""
    found = _overviews(company.providers.filter(state=Provider.State.READY), now)
    return sorted(found, key=lambda each: swedish_order(each.provider.name))


def connected(provider: Provider) -> bool:
    """Whether somebody has tied the instance to a calendar system."""
    return provider.kind == Provider.Kind.EXCHANGE_ONLINE and bool(provider.tenant)


def _overviews(providers: QuerySet[Provider], now: datetime) -> list[Overview]:
    counted = providers.annotate(
        listed=Count("users", filter=LISTED),
        followed=Count("users", filter=FOLLOWED),
        updated=Count("users", filter=LISTED & Q(users__last_synced_at__gte=now - HOUR)),
        fresh=Count("users", filter=FOLLOWED & Q(users__last_synced_at__gt=now - HOUR)),
        never=Count("users", filter=LISTED & Q(users__last_synced_at=None)),
        troubled=Count("users", filter=TROUBLED),
        last=Max("users__last_synced_at", filter=LISTED),
        wished=Max("users__requested_at", filter=FOLLOWED),
    )
    return [_overview(each, now) for each in counted]


def _overview(row: Any, now: datetime) -> Overview:
    status, why, since = _judged(row, now)
    figures = (row.listed, row.updated, row.never, row.troubled, row.last)
    fresh = row.fresh / row.followed if row.followed and row.reads else None
    return Overview(row, status, *figures, fresh=fresh, since=since, why=why)


def _judged(row: Any, now: datetime) -> tuple[Status, str | Promise, datetime | None]:
    if not connected(row):
        return UNFINISHED, "", None
    if not row.active:
        return INACTIVE, "", None
    if row.trouble:
        return STOPPED, health.explained(row.trouble), row.trouble_since
    if row.braked_at:
        return STOPPED, _paused(row, now), row.braked_at
    if _late(row, now):
        fresh = row.wished and row.wished > now - HOUR
        return (UNDER_WAY, "", None) if fresh else (STOPPED, LATE_WHY, row.last)
    return (NEEDS_ACTION if row.troubled else SYNCS), "", None


def _paused(row: Any, now: datetime) -> str:
    emptied = suspicion.emptied(row, now)
    return str(PAUSED_WHY) % {"emptied": number(emptied), "users": number(row.listed)}


def _late(row: Any, now: datetime) -> bool:
    """Nobody updated for so long as everybody is by readings that no change in Outlook asks for."""
    patience = max(HOUR, timedelta(minutes=settings.READ_INTERVAL) * 1.2)
    return bool(settings.READ_INTERVAL and row.followed and (row.last is None or row.last < now - patience))
