"""The brake: a reading nobody asked for that empties a calendar is believed only the second time (design 4).

Where too many calendars were emptied, the provider asks its administrator: `believe` and `keep` are the two answers.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from .core import brake
from .core.plan import Clear, Set
from .models import Provider, SyncedBooking, SyncedUser
from .models.user import SyncedUserQuerySet
from .pacing import SUSPECT_AGAIN

EMPTIED_TOGETHER = timedelta(hours=1)


class Suspicion:
    """Judges the users of one store. Stops the provider when too many were emptied within an hour."""

    def __init__(self, provider: Provider, now: datetime) -> None:
        self.provider = provider
        self.now = now
        self._emptied: int | None = None

    def withholds(
        self,
        user: SyncedUser,
        rows: list[SyncedBooking],
        changes: list[Set | Clear],
        returned: Collection[str],
    ) -> bool:
        """Whether these changes must wait. Notes on the user what was seen.

        `returned`: item ids in the reading. What is there and private, or free, has not vanished."""
        coming, vanished = self._vanished(rows, returned)
        if not brake.emptied(coming, _taken(changes, vanished)):
            user.suspect_since = None
            return False
        if self._first_time(user) or self._too_many():
            return True
        user.suspect_since, user.emptied_at = None, self.now
        self._emptied = self._count() + 1
        return False

    def without_kept(
        self,
        user: SyncedUser,
        rows: list[SyncedBooking],
        changes: list[Set | Clear],
        returned: Collection[str],
    ) -> list[Set | Clear]:
        """The changes of somebody for whom the administrator wants kept what vanished, whoever asked for the reading.

        What is in the reading counts as always. One that has as many bookings as are missing ends the keeping."""
        coming, vanished = self._vanished(rows, returned)
        if coming - len(vanished) + _new(changes) >= len(vanished):
            user.kept_since = None
            return changes
        # What another extension shows is somebody else's absence by now.
        kept = {row.key for row in rows if row.key in vanished and row.extension == user.extension}
        return [change for change in changes if isinstance(change, Set) or change.key not in kept]

    def _vanished(self, rows: list[SyncedBooking], returned: Collection[str]) -> tuple[int, set[str]]:
        """How many bookings One X holds that are coming, and the keys of those that are not in the reading."""
        coming = [row for row in rows if not row.withdrawn and row.ends_at > self.now]
        return len(coming), {row.key for row in coming if row.item_id not in returned}

    def _first_time(self, user: SyncedUser) -> bool:
        if user.suspect_since is None:
            user.suspect_since = self.now
        return self.now - user.suspect_since < SUSPECT_AGAIN

    def _too_many(self) -> bool:
        if self.provider.braked_at is None and brake.too_many(
            self._count() + 1, self.provider.users.listed().count()
        ):
            self.provider.braked_at = self.now
            self.provider.save(update_fields=["braked_at"])
        return self.provider.braked_at is not None

    def _count(self) -> int:
        if self._emptied is None:
            since = self.now - EMPTIED_TOGETHER
            self._emptied = self.provider.users.filter(emptied_at__gte=since).count()
        return self._emptied


def _taken(changes: list[Set | Clear], vanished: Collection[str]) -> int:
    """How many bookings are withdrawn because they are not in a reading."""
    taken = sum(isinstance(change, Clear) and change.key in vanished for change in changes)
    # On a new extension the same bookings are cleared there and set here: nobody was emptied.
    return taken - _new(changes)


def _new(changes: list[Set | Clear]) -> int:
    return sum(isinstance(change, Set) and change.version == 1 for change in changes)


# The administrator's answers


def doubted(provider: Provider) -> SyncedUserQuerySet:
    """Users whose bookings One X still holds although their calendars are empty."""
    return provider.users.listed().filter(Q(suspect_since__isnull=False) | Q(kept_since__isnull=False))


def emptied(provider: Provider, now: datetime) -> int:
    """How many users' bookings disappeared: those not believed, and those believed within the hour before the stop."""
    since = (provider.braked_at or now) - EMPTIED_TOGETHER
    believed = Q(emptied_at__gte=since)
    doubted = Q(suspect_since__isnull=False) | Q(kept_since__isnull=False)
    return provider.users.listed().filter(believed | doubted).count()


def believe(provider: Provider, now: datetime) -> int:
    """*Fortsätt ändå*: the calendars are empty indeed. Those doubted are read at once and what is gone from Outlook is
    withdrawn; answers how many they are. Also the way out of `keep`.

    Who is emptied after this is judged anew: another ten, and the provider stops again."""
    with transaction.atomic():
        _start_again(provider)
        users = doubted(provider).locked()
        users.update(suspect_since=None, kept_since=None)
        return users.wish(now)


def keep(provider: Provider, now: datetime) -> int:
    """*Behåll i One X*: what One X holds of those doubted stays until its end; answers how many they are.

    For each it lasts until a reading finds something again: as many bookings as are missing, the same or others. What
    is in the calendar arrives meanwhile, and a knock or a wish takes nothing away. Everybody else goes on as always.
    What was withdrawn before the stop stays withdrawn."""
    with transaction.atomic():
        _start_again(provider)
        return doubted(provider).locked().update(suspect_since=None, kept_since=now)


def _start_again(provider: Provider) -> None:
    """No longer stopped, and nobody counts as emptied. Locks the provider, as whoever changes it must."""
    kept = Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
    kept.braked_at = None
    kept.save(update_fields=["braked_at"])
    provider.users.filter(emptied_at__isnull=False).locked().update(emptied_at=None)
    provider.braked_at = None
