"""The way out: clear at One X first, then erase here. Nothing is forgotten while One X may still show it.

Removal is a state; the two loops do the rest the ordinary way, and `finish` erases who has nothing left to clear.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from .models import Provider, SyncedBooking, SyncedUser
from .models.user import SyncedUserQuerySet
from .picture import RETENTION


def remove_users(users: SyncedUserQuerySet, now: datetime) -> int:
    """Gone from every list at once; e-mail and titles are blanked in the same transaction."""
    with transaction.atomic():
        removed = users.listed().locked()
        pks = list(removed.values_list("pk", flat=True))
        SyncedBooking.objects.filter(synced_user__in=pks).exclude(title="").update(title="")
        removed.update(
            state=SyncedUser.State.REMOVING,
            email="",
            addresses=[],
            name="",
            number="",
            not_before=None,
            tally={},
        )
        removed.wish(now)
    return len(pks)


def remove_provider(provider: Provider, now: datetime) -> None:
    """The provider disappears from lists at once and from the database when the last of its people is erased."""
    with transaction.atomic():
        provider.state = Provider.State.REMOVING
        provider.save(update_fields=["state"])
        remove_users(provider.users.all(), now)


def expire(now: datetime) -> int:
    """Make those due whose bookings ended 30 days ago: their next pass withdraws and erases these, read or not."""
    expired = SyncedBooking.objects.standing().filter(synced_user=OuterRef("pk"), ends_at__lt=now - RETENTION)
    with transaction.atomic():
        return SyncedUser.objects.filter(Exists(expired), due_at__gt=now).locked().update(due_at=now)


def finish() -> tuple[int, int]:
    """Erase removed users who have nothing left at One X, then removed providers without users; answers how many."""
    left = SyncedBooking.objects.filter(synced_user=OuterRef("pk"))
    gone = SyncedUser.objects.filter(~Exists(left), state=SyncedUser.State.REMOVING, lease_token=None)
    with transaction.atomic():
        _, users = gone.locked().delete()
    people = SyncedUser.objects.filter(provider=OuterRef("pk"))
    told = Provider.objects.filter(~Exists(people), state=Provider.State.REMOVING, subscriptions=None)
    _, providers = told.delete()
    return users.get("calendarsync.SyncedUser", 0), providers.get("calendarsync.Provider", 0)
