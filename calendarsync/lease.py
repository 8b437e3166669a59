"""Who may work on a user: one conditional UPDATE decides (robustness 1).

Only the holder of a user's lease reads that calendar, plans, and talks to One X for that person. Leases use the
database's clock, so workers whose clocks differ agree.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least, Now

from .models import SyncedBooking, SyncedUser

LEASE = timedelta(seconds=120)


@dataclass(slots=True)
class Lease:
    """Some users of one provider, held by `token`, as they were when claimed."""

    token: uuid.UUID
    provider_id: int
    users: list[SyncedUser] = field(default_factory=list)

    def rows(self) -> QuerySet[SyncedUser]:
        """Those still ours. Anything written through this queryset checks the lease."""
        return SyncedUser.objects.filter(lease_token=self.token)

    def renew(self) -> set[int]:
        """Begin the time anew; answers the ids still held. Called before every slow step, so it is also the check."""
        self.rows().update(lease_until=Now() + LEASE)
        return set(self.rows().values_list("pk", flat=True))


def free() -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=Now())


def due(now: datetime) -> QuerySet[SyncedUser]:
    """Users somebody should look at, whoever it is."""
    return SyncedUser.objects.filter(
        free(), Q(not_before__isnull=True) | Q(not_before__lte=now), due_at__lte=now
    )


def claim(provider_id: int, now: datetime, limit: int, only: Collection[int] | None = None) -> Lease | None:
    """Take up to `limit` due users of a provider, the longest waiting first. None when somebody else was faster."""
    candidates = due(now).filter(provider=provider_id)
    if only is not None:
        candidates = candidates.filter(pk__in=only)
    pks = list(candidates.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    lease = Lease(uuid.uuid4(), provider_id)
    taken = SyncedUser.objects.filter(free(), pk__in=pks).update(
        lease_token=lease.token,
        lease_until=Now() + LEASE,
        claims_without_release=F("claims_without_release") + 1,
    )
    if not taken:
        return None
    lease.users = list(lease.rows().select_related("company").prefetch_related("own_rules").order_by("pk"))
    return lease


def release(lease: Lease, now: datetime) -> None:
    """Give the users back. Who was asked for meanwhile is due at once, the others when reading or delivery says."""
    waiting = (
        SyncedBooking.objects.pending()
        .filter(synced_user=OuterRef("pk"))
        .order_by("next_attempt_at")
        .values("next_attempt_at")[:1]
    )
    lease.rows().update(
        due_at=Case(
            When(requested_seq__gt=F("read_seq"), then=Value(now, DateTimeField())),
            default=Least("read_due_at", Coalesce(Subquery(waiting), "read_due_at")),
        ),
        lease_token=None,
        lease_until=None,
        claims_without_release=0,
    )
