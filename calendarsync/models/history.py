"""What happened and how fast, each with its own end: figures by the hour, events of a user, incidents of a provider."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .provider import Provider
from .user import SyncedUser


class HourlyFigures(models.Model):
    """One provider in one hour. No row: nobody was looked at. Kept 30 days."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="hours", verbose_name=_("provider")
    )
    hour = models.DateTimeField(_("hour"), db_index=True)  # its beginning, UTC
    users = models.PositiveIntegerField(_("users followed"))  # when the hour's first turn ended
    updated = models.PositiveIntegerField(_("users updated"), default=0)  # each counts once
    delays = models.JSONField(default=dict)  # number of wishes by stage and bucket: figures.py

    class Meta:
        verbose_name = _("hourly figures")
        verbose_name_plural = _("hourly figures")
        constraints = [
            models.UniqueConstraint(fields=["provider", "hour"], name="one_row_a_provider_and_hour")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}: {self.updated} of {self.users}"

    @property
    def share(self) -> float:
        """0 to 1. Users who came during the hour can make more of them than there were at its beginning."""
        return min(1.0, self.updated / self.users) if self.users else 0.0


class UserEvent(models.Model):
    """Something that happened to a user (*Händelser*): codes and times, never a title or a name.

    Erased with the booking, 30 days after its end, and with the user."""

    class What(models.TextChoices):
        SET = "set", _("Booking added")
        CHANGED = "changed", _("Booking changed")
        CLEARED = "cleared", _("Booking removed")
        REFUSED = "refused", _("Refused by One X")
        WAITING = "waiting", _("Waits for One X")
        TROUBLE = "trouble", _("Trouble began")
        WELL = "well", _("Trouble is over")

    synced_user = models.ForeignKey(
        SyncedUser, on_delete=models.CASCADE, related_name="events", verbose_name=_("synchronised user")
    )
    at = models.DateTimeField(_("time"))
    what = models.CharField(_("what happened"), max_length=10, choices=What.choices)
    # Why: core.rules.Because or a reason of rows.py for a booking, else a code that health.py explains.
    code = models.CharField(_("code"), max_length=40, blank=True)

    key = models.CharField(max_length=120, blank=True, db_index=True)  # SyncedBooking's
    version = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(_("absence reason"), max_length=64, blank=True)
    forwarding = models.CharField(_("connect calls to"), max_length=16, blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    all_day = models.BooleanField(_("all day"), default=False)
    # Of a change: what it was.
    reason_before = models.CharField(max_length=64, blank=True)
    forwarding_before = models.CharField(max_length=16, blank=True)
    starts_before = models.DateTimeField(null=True, blank=True)
    ends_before = models.DateTimeField(null=True, blank=True)
    # When the wish was made that brought it; null where nobody asked.
    asked_at = models.DateTimeField(null=True, blank=True)
    # The end of the booking, or the moment of what has none: kept for 30 days after it.
    over_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("event of a user")
        verbose_name_plural = _("events of users")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what} {self.code}".strip()


class Standstill(models.Model):
    """Since when all attempts of a provider have failed on one side. Gone with the first that works."""

    class Side(models.TextChoices):
        CALENDAR = "calendar", _("reading calendars")
        ONEX = "onex", _("telling One X")

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="standstills", verbose_name=_("provider")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    code = models.CharField(_("trouble"), max_length=40)  # a code of core.ports
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("standstill")
        verbose_name_plural = _("standstills")
        constraints = [models.UniqueConstraint(fields=["provider", "side"], name="one_standstill_a_side")]

    def __str__(self) -> str:
        return f"{self.side} since {self.since:%Y-%m-%d %H:%M}"


class Incident(models.Model):
    """A provider does not synchronise: from when to when, and what its administrators have been told. Kept 30 days."""

    class Kind(models.TextChoices):
        REFUSED = "refused", _("refused by Microsoft")
        BRAKED = "braked", _("paused")
        CALENDAR = "calendar", _("calendars cannot be read")
        ONEX = "onex", _("One X is away")

    class Told(models.IntegerChoices):
        """How far the telling has come."""

        NOTHING = 0, _("nothing")
        BROKEN = 1, _("that it does not synchronise")
        WARNED = 2, _("that absences will be withdrawn")
        WITHDRAWN = 3, _("that absences were withdrawn")
        WELL = 4, _("that it is well again")

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="incidents", verbose_name=_("provider")
    )
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("trouble"), max_length=40, blank=True)  # a code of core.ports
    since = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("over since"), null=True, blank=True)

    told = models.PositiveSmallIntegerField(_("told"), choices=Told.choices, default=Told.NOTHING)
    told_at = models.DateTimeField(_("last told"), null=True, blank=True)
    # A message under way: who has it already (ids), and when somebody else may take it over or try it again.
    telling = models.PositiveSmallIntegerField(choices=Told.choices, default=Told.NOTHING)
    told_to = models.JSONField(default=list, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)
    mail_failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(closed_at=None), name="one_open_incident_a_provider"
            )
        ]
        indexes = [models.Index(fields=["closed_at"], name="incident_closed")]

    def __str__(self) -> str:
        return f"{self.kind} since {self.since:%Y-%m-%d %H:%M}"

    @property
    def withdrawn_at(self) -> datetime:
        """When One X loses what it holds, if Microsoft still refuses us then."""
        return self.since + timedelta(hours=settings.GRACE_HOURS)
