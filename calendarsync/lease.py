"""Who may work on a user: one conditional UPDATE decides (robustness 1).

Only the holder of a user's lease reads that calendar, plans, and talks to One X for that person. Leases use the
database's clock, so workers whose clocks differ agree.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least, Now

from .models import SyncedBooking, SyncedUser
from .models.user import SyncedUserQuerySet
from .pacing import backoff

LEASE = timedelta(seconds=120)


@dataclass(slots=True)
class Lease:
    """Some users of one provider, held by `token`, as they were when claimed."""

    token: uuid.UUID
    provider_id: int
    users: list[SyncedUser] = field(default_factory=list)

    def rows(self) -> SyncedUserQuerySet:
        """Those still ours. Anything written through this queryset checks the lease."""
        return SyncedUser.objects.filter(lease_token=self.token)

    def renew(self) -> set[int]:
        """Begin the time anew; answers the ids still held. Called before every slow step, so it is also the check."""
        with transaction.atomic():
            self.rows().locked().update(lease_until=Now() + LEASE)
            return set(self.rows().values_list("pk", flat=True))


def free() -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=Now())


def due(now: datetime) -> SyncedUserQuerySet:
    """Users somebody should look at, whoever it is."""
    return SyncedUser.objects.filter(
        free(), Q(not_before__isnull=True) | Q(not_before__lte=now), due_at__lte=now
    )


def claim(provider_id: int, now: datetime, limit: int, only: Collection[int] | None = None) -> Lease | None:
    """Take up to `limit` due users of a provider, the longest waiting first. None when somebody else was faster."""
    candidates = due(now).filter(provider=provider_id)
    if only is not None:
        candidates = candidates.filter(pk__in=only)
    lease = Lease(uuid.uuid4(), provider_id)
    with transaction.atomic():
        # Where rows can be locked, those somebody is writing are passed over rather than waited for.
        waiting = candidates.order_by("due_at", "pk").select_for_update(skip_locked=True, no_key=True)
        counted = list(waiting.values_list("pk", "claims_without_release")[:limit])
        taken = SyncedUser.objects.filter(free(), pk__in=_together(counted)).update(
            lease_token=lease.token,
            lease_until=Now() + LEASE,
            claims_without_release=F("claims_without_release") + 1,
        )
    if not taken:
        return None
    lease.users = list(lease.rows().select_related("company").prefetch_related("own_rules").order_by("pk"))
    return lease


def _together(counted: list[tuple[int, int]]) -> list[int]:
    """Whose last claim came to no end is claimed alone: whatever it is must not stop the others of a chunk again."""
    sound = [pk for pk, claims in counted if not claims]
    return sound or [pk for pk, _ in counted[:1]]


def let_go(lease: Lease, now: datetime) -> None:
    """Give the users back after something nobody expected. They wait longer each time, and the claim stays counted."""
    worst = max((user.claims_without_release for user in lease.users), default=1)
    with transaction.atomic():
        lease.rows().locked().update(not_before=now + backoff(worst), lease_token=None, lease_until=None)


def release(lease: Lease, now: datetime) -> None:
    """Give the users back. Who was asked for meanwhile is due at once, the others when reading or delivery says."""
    waiting = (
        SyncedBooking.objects.pending()
        .filter(synced_user=OuterRef("pk"))
        .order_by("next_attempt_at")
        .values("next_attempt_at")[:1]
    )
    with transaction.atomic():
        lease.rows().locked().update(
            due_at=Case(
                When(requested_seq__gt=F("read_seq"), then=Value(now, DateTimeField())),
                default=Least("read_due_at", Coalesce(Subquery(waiting), "read_due_at")),
            ),
            lease_token=None,
            lease_until=None,
            claims_without_release=0,
        )
