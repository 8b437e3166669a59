"""The brake: a reading nobody asked for that empties a calendar is believed only the second time (design 4)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from .core import brake
from .core.plan import Clear, Set
from .models import Provider, SyncedBooking, SyncedUser
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
        coming = [row for row in rows if not row.withdrawn and row.ends_at > self.now]
        vanished = {row.key for row in coming if row.item_id not in returned}
        taken = sum(isinstance(change, Clear) and change.key in vanished for change in changes)
        # On a new extension the same bookings are cleared there and set here: nobody was emptied.
        taken -= sum(isinstance(change, Set) and change.version == 1 for change in changes)
        if not brake.emptied(len(coming), taken):
            user.suspect_since = None
            return False
        if self._first_time(user) or self._too_many():
            return True
        user.suspect_since, user.emptied_at = None, self.now
        self._emptied = self._count() + 1
        return False

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
