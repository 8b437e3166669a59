"""What One X should hold for one booking, and what it was last confirmed to hold."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company

from ..core.booking import Absence, CallForwarding
from ..core.plan import Held
from .user import SyncedUser


class SyncedBookingQuerySet(models.QuerySet["SyncedBooking"]):
    def pending(self) -> "SyncedBookingQuerySet":
        """What One X has not confirmed: the queue."""
        return self.filter(version__gt=F("delivered_version"))

    def standing(self) -> "SyncedBookingQuerySet":
        return self.filter(withdrawn=False)


class SyncedBooking(models.Model):
    """Only bookings that become an absence have a row. Written by the holder of the user's lease alone."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("company")
    )
    # PROTECT: nothing is forgotten while One X may still show it.
    synced_user = models.ForeignKey(
        SyncedUser, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("synchronised user")
    )
    # Where `key` was sent, also if the person's changes.
    extension = models.CharField(_("One X subscription"), max_length=64)
    # Made once, never used for another booking.
    key = models.CharField(_("key"), max_length=120, unique=True)
    item_id = models.CharField(max_length=512)  # case-sensitive
    series_id = models.CharField(max_length=512, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    all_day = models.BooleanField(_("all day"), default=False)
    reason = models.CharField(_("absence reason"), max_length=64)
    forwarding = models.CharField(_("connect calls to"), max_length=16)
    priority = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=255, blank=True)
    returns_at = models.DateTimeField(_("back at"), null=True, blank=True)
    payload_hash = models.CharField(max_length=32)
    because = models.CharField(max_length=20, blank=True)  # core.rules.Because, or a reason of rows.py

    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    version = models.PositiveBigIntegerField(_("version wanted"), default=1)
    attempted_version = models.PositiveBigIntegerField(default=0)
    delivered_version = models.PositiveBigIntegerField(_("version confirmed"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    # Refused for good: waits for a change, or a day.
    blocked = models.BooleanField(_("refused by One X"), default=False)
    trouble = models.CharField(_("trouble"), max_length=40, blank=True)

    objects = SyncedBookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("synchronised booking")
        verbose_name_plural = _("synchronised bookings")
        constraints = [
            models.UniqueConstraint(
                fields=["synced_user", "item_id"],
                condition=Q(withdrawn=False),
                name="one_standing_row_a_booking",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_has_length"),
        ]
        indexes = [
            models.Index(
                fields=["synced_user", "next_attempt_at"],
                condition=Q(version__gt=F("delivered_version")),
                name="booking_pending",
            ),
            models.Index(fields=["ends_at"], name="booking_end"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def held(self) -> Held:
        return Held(
            key=self.key,
            item_id=self.item_id,
            extension=self.extension,
            version=self.version,
            payload_hash=self.payload_hash,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            withdrawn=self.withdrawn,
        )

    @property
    def absence(self) -> Absence:
        return Absence(
            key=self.key,
            item_id=self.item_id,
            series_id=self.series_id or None,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            all_day=self.all_day,
            reason=self.reason,
            forwarding=CallForwarding(self.forwarding),
            priority=self.priority,
            title=self.title or None,
            returns_at=self.returns_at,
        )

    def want(self, absence: Absence, version: int, because: str, now: datetime) -> None:
        """One X should hold this from now on."""
        self.series_id = absence.series_id or ""
        self.starts_at, self.ends_at, self.all_day = absence.starts_at, absence.ends_at, absence.all_day
        self.reason, self.forwarding = absence.reason, absence.forwarding.value
        self.priority, self.title, self.returns_at = absence.priority, absence.title or "", absence.returns_at
        self.payload_hash, self.because, self.withdrawn = absence.payload_hash, because, False
        self._renumber(version, now)

    def withdraw(self, version: int, now: datetime, because: str) -> None:
        """One X should hold nothing; the title is not needed for that."""
        self.withdrawn, self.title, self.because = True, "", because
        self._renumber(version, now)

    def _renumber(self, version: int, now: datetime) -> None:
        self.version, self.next_attempt_at = version, now
        self.attempts, self.blocked, self.trouble = 0, False, ""
