"""Writing what a plan says, for a whole chunk at once. An unchanged booking writes nothing."""

from datetime import datetime

from .core.plan import Clear, Set
from .core.rules import Because
from .models import SyncedBooking, SyncedUser

WANTED = [
    "series_id",
    "starts_at",
    "ends_at",
    "all_day",
    "reason",
    "forwarding",
    "priority",
    "title",
    "returns_at",
    "payload_hash",
    "because",
    "withdrawn",
    "version",
    "attempts",
    "next_attempt_at",
    "blocked",
    "trouble",
]


class Rows:
    """Collects changes of bookings, then writes them: few statements, whatever the number of people."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.made: list[SyncedBooking] = []
        self.updated: list[SyncedBooking] = []
        self.erased: list[int] = []

    @property
    def changed(self) -> int:
        return len(self.made) + len(self.updated) + len(self.erased)

    def take(
        self,
        user: SyncedUser,
        rows: list[SyncedBooking],
        changes: list[Set | Clear],
        because: dict[str, Because],
    ) -> None:
        """`because`: what decided, by item id, for every absence that is set."""
        by_key = {row.key: row for row in rows}
        for change in changes:
            row = by_key.get(change.key)
            if isinstance(change, Set):
                self._want(user, row, change, because[change.absence.item_id])
            elif row is not None:
                self._withdraw(row, change.version)

    def write(self) -> None:
        if self.erased:
            SyncedBooking.objects.filter(pk__in=self.erased).delete()
        if self.updated:
            SyncedBooking.objects.bulk_update(self.updated, WANTED, batch_size=200)
        if self.made:
            SyncedBooking.objects.bulk_create(self.made, batch_size=500)

    def _want(self, user: SyncedUser, row: SyncedBooking | None, change: Set, because: Because) -> None:
        known = row or SyncedBooking(
            company_id=user.company_id,
            synced_user=user,
            extension=change.extension,
            key=change.key,
            item_id=change.absence.item_id,
        )
        known.want(change.absence, change.version, because.value, self.now)
        (self.updated if row else self.made).append(known)

    def _withdraw(self, row: SyncedBooking, version: int) -> None:
        if row.attempted_version == 0:  # One X has never been told: nothing to clear
            self.erased.append(row.pk)
            return
        row.withdraw(version, self.now)
        self.updated.append(row)
