"""Whose calendar is followed, and all that the two loops remember about it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Least, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company

from .provider import Provider


def wake(provider_ids: Iterable[int]) -> None:
    """Say to the workers that these have somebody due, after the transaction. Where no worker is, nothing happens."""
    if settings.CELERY_BROKER_URL:
        from mss import celery  # half a second, which no command need wait for

        celery.wake(provider_ids)


class SyncedUserQuerySet(models.QuerySet["SyncedUser"]):
    def locked(self) -> "SyncedUserQuerySet":
        """These rows, locked in the one order in which everybody locks them, so that no two wait for each other.

        Before every UPDATE of several users; in a transaction. SQLite has one writer at a time anyway."""
        return SyncedUser.objects.filter(pk__in=[row.pk for row in self._lock()])

    def _lock(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True).only("pk", "provider")

    def wish(self, now: datetime | None = None, *, asked: bool = True, wakes: bool = True) -> int:
        """Have these people read as soon as possible. A wish is a number, so none is lost.

        `asked`: somebody wants it, by a knock, in the portal or with a command, and so the brake believes what is
        found (design 4); otherwise the service itself thinks it better to look. `wakes`: the workers are told; not by
        who does the work right now."""
        moment = models.Value(now or timezone.now(), models.DateTimeField())
        wish: dict[str, Any] = {"requested_seq": F("requested_seq") + 1}
        if asked:
            wish["asked_seq"] = F("requested_seq") + 1
        with transaction.atomic():
            rows = list(self._lock())
            if wakes:
                wake(row.provider_id for row in rows)
            return SyncedUser.objects.filter(pk__in=[row.pk for row in rows]).update(
                requested_at=Coalesce("requested_at", moment), due_at=Least("due_at", moment), **wish
            )

    def listed(self) -> Self:
        """Without those being removed, who are gone from every list at once."""
        return self.exclude(state=SyncedUser.State.REMOVING)


class SyncedUser(models.Model):
    """One row of *Användare*: a mailbox that drives a One X extension."""

    class State(models.TextChoices):
        ACTIVE = "active", _("followed")
        REMOVING = "removing", _("being removed")
        BLOCKED = "blocked", _("stopped")  # the extension is gone from One X

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="synced_users", verbose_name=_("company")
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="users", verbose_name=_("provider")
    )
    # The Outlook address; empty once being removed.
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    addresses = models.JSONField(default=list, blank=True)  # every address of the mailbox, lower case
    mailbox_id = models.CharField(max_length=128, blank=True)  # Microsoft's id: survives a new address
    extension = models.CharField(_("One X subscription"), max_length=64)  # One X's id
    number = models.CharField(_("number"), max_length=32, blank=True)  # E.164
    name = models.CharField(_("name"), max_length=200, blank=True)
    # The extension has the diversion service.
    diversion = models.BooleanField(_("has the diversion service"), default=False)
    active = models.BooleanField(_("active"), default=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)

    # Wishes: dirty while read < requested. `asked_seq`: the last one that somebody made; `requested_at`: when the
    # first one not yet read was made.
    requested_seq = models.PositiveBigIntegerField(default=1)
    asked_seq = models.PositiveBigIntegerField(default=1)
    read_seq = models.PositiveBigIntegerField(default=0)
    requested_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)  # when the dispatcher should look
    read_due_at = models.DateTimeField(default=timezone.now)  # the next reading nobody asked for
    not_before = models.DateTimeField(null=True, blank=True)  # Retry-After, back-off, debounce
    recent_reads = models.PositiveSmallIntegerField(default=0)
    recent_since = models.DateTimeField(null=True, blank=True)

    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)  # by the database's clock
    claims_without_release = models.PositiveSmallIntegerField(default=0)

    failures = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(_("trouble"), max_length=40, blank=True)  # a code of core.ports or of lease.py
    trouble_since = models.DateTimeField(_("in trouble since"), null=True, blank=True)
    suspect_since = models.DateTimeField(null=True, blank=True)  # core.brake: seen empty once
    emptied_at = models.DateTimeField(null=True, blank=True)  # core.brake: believed empty
    # The administrator: what One X holds stays although the calendar is empty.
    kept_since = models.DateTimeField(null=True, blank=True)
    # *Senaste uppdatering*.
    last_synced_at = models.DateTimeField(_("last update"), null=True, blank=True)
    tally = models.JSONField(
        default=dict, blank=True
    )  # coming bookings the provider's rule decides, per show_as

    objects = SyncedUserQuerySet.as_manager()

    class Meta:
        verbose_name = _("synchronised user")
        verbose_name_plural = _("synchronised users")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "extension"],
                condition=Q(active=True) & ~Q(state="removing"),
                name="one_synced_user_drives_an_extension",
            ),
            models.UniqueConstraint(
                Lower("email"), "provider", condition=~Q(state="removing"), name="one_synced_user_an_address"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="user_due"),  # the dispatcher's look, three times a second
            models.Index(fields=["provider", "due_at"], name="user_due_of_provider"),
            models.Index(fields=["mailbox_id"], name="user_mailbox"),
            models.Index(fields=["lease_token"], name="user_lease", condition=Q(lease_token__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"user {self.pk}"

    @property
    def dirty(self) -> bool:
        return self.read_seq < self.requested_seq

    @property
    def follows(self) -> bool:
        """Whether this person's bookings should be at One X at all (the provider decides too)."""
        return self.active and self.state == self.State.ACTIVE

    def reading_due(self, now: datetime) -> bool:
        return self.dirty or self.read_due_at <= now

    def in_trouble_for(self, now: datetime) -> timedelta:
        return now - self.trouble_since if self.trouble_since else timedelta(0)
