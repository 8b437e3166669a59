"""The way out: clear at One X first, then erase here. Nothing is forgotten while One X may still show it.

Removal is a state; the two loops do the rest the ordinary way, and `finish` erases who has nothing left to clear.
"""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from .models import HourlyFigures, Incident, Provider, SyncedBooking, SyncedUser, UserEvent
from .models.user import SyncedUserQuerySet
from .picture import RETENTION

LOT = 1000  # rows a statement
EVENTS_KEPT = 500  # of a user
TRIM_AGAIN = 3600  # seconds


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
    """Make those due whose bookings ended 30 days ago: their next pass withdraws and erases these, read or not.

    The history of that time is erased at once."""
    expired = SyncedBooking.objects.standing().filter(synced_user=OuterRef("pk"), ends_at__lt=now - RETENTION)
    with transaction.atomic():
        due = SyncedUser.objects.filter(Exists(expired), due_at__gt=now).locked().update(due_at=now)
    _expire_history(now)
    return due


def finish() -> tuple[int, int]:
    """Erase removed users who have nothing left at One X, then removed providers without users; answers how many."""
    _in_lots(UserEvent.objects.filter(synced_user__state=SyncedUser.State.REMOVING))
    left = SyncedBooking.objects.filter(synced_user=OuterRef("pk"))
    gone = SyncedUser.objects.filter(~Exists(left), state=SyncedUser.State.REMOVING, lease_token=None)
    with transaction.atomic():
        _, users = gone.locked().delete()
    people = SyncedUser.objects.filter(provider=OuterRef("pk"))
    told = Provider.objects.filter(~Exists(people), state=Provider.State.REMOVING, subscriptions=None)
    _, providers = told.delete()
    return users.get("calendarsync.SyncedUser", 0), providers.get("calendarsync.Provider", 0)


# History


def _expire_history(now: datetime) -> None:
    end = now - RETENTION
    _in_lots(HourlyFigures.objects.filter(hour__lt=end))
    _in_lots(Incident.objects.filter(closed_at__lt=end))
    _expire_events(end)
    if cache.add("calendarsync-events-trimmed", True, TRIM_AGAIN):  # reads them all
        trim_events()


def _expire_events(end: datetime) -> None:
    """Those that are over, and whatever else is told of a booking that by the last word on it is over."""
    over = UserEvent.objects.filter(over_at__lt=end)
    while lot := list(over.order_by("over_at").values_list("pk", "key")[:LOT]):
        keys = {key for _, key in lot if key}
        last: dict[str, datetime] = {}
        for key, over_at in (
            UserEvent.objects.filter(key__in=keys).order_by("pk").values_list("key", "over_at")
        ):
            last[key] = over_at
        _in_lots(UserEvent.objects.filter(key__in=[key for key, over_at in last.items() if over_at < end]))
        UserEvent.objects.filter(pk__in=[pk for pk, _ in lot]).delete()


def trim_events() -> None:
    """The newest of each user stay."""
    counted = UserEvent.objects.values("synced_user").annotate(number=Count("pk"))
    for row in counted.filter(number__gt=EVENTS_KEPT):
        of_user = UserEvent.objects.filter(synced_user=row["synced_user"])
        oldest_kept = of_user.order_by("-pk").values_list("pk", flat=True)[EVENTS_KEPT - 1]
        _in_lots(of_user.filter(pk__lt=oldest_kept))


def _in_lots(rows: QuerySet[Any]) -> None:
    """Erases them; no statement takes long, however many there are."""
    while pks := list(rows.values_list("pk", flat=True)[:LOT]):
        rows.model._default_manager.filter(pk__in=pks).delete()
