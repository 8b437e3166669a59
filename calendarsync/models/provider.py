"""A company's calendar system (*leverantör*): a Microsoft 365 tenant, or an Exchange server."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company

MAX_DAYS_AHEAD = 60


class Provider(models.Model):
    """One instance with its own settings, rules and users."""

    class Kind(models.TextChoices):
        EXCHANGE_ONLINE = "exchange_online", "Exchange Online"
        EXCHANGE_ONPREM = "exchange_onprem", "Exchange On-Premises"

    class State(models.TextChoices):
        READY = "ready", _("ready")
        REMOVING = "removing", _("being removed")

    # What an administrator decides: audited.
    SETTINGS = [
        "name",
        "active",
        "days_ahead",
        "plugin_enabled",
        "all_private",
        "may_change_defaults",
        "tenant",
    ]

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="providers", verbose_name=_("company")
    )
    kind = models.CharField(_("type"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    active = models.BooleanField(_("active"), default=False)
    days_ahead = models.PositiveSmallIntegerField(
        _("synchronise days ahead"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS_AHEAD)],
    )
    plugin_enabled = models.BooleanField(_("plugin enabled"), default=False)
    # *Alla möten privata*: titles are never read.
    all_private = models.BooleanField(_("all meetings private"), default=True)
    may_change_defaults = models.BooleanField(
        _("plugin users may change their default configuration"), default=False
    )
    # Microsoft's GUID, proved by consent or by Telenor staff.
    tenant = models.CharField(_("tenant at Microsoft"), max_length=36, blank=True)

    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.READY)
    trouble = models.CharField(_("trouble"), max_length=40, blank=True)  # a code of core.ports.Refused
    trouble_since = models.DateTimeField(_("in trouble since"), null=True, blank=True)
    # A reading begun under an older one is dropped.
    consent_generation = models.PositiveIntegerField(_("consents given"), default=0)
    # core.brake: too many people emptied at once.
    braked_at = models.DateTimeField(_("braked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"],
                condition=Q(state="ready"),
                name="one_provider_of_a_name",
                violation_error_message=_("The name is used already."),
            ),
            models.CheckConstraint(
                condition=Q(days_ahead__gte=1, days_ahead__lte=MAX_DAYS_AHEAD), name="days_ahead_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reads(self) -> bool:
        """Whether calendars are read at all; if not, One X should hold nothing from here."""
        return self.active and self.state == self.State.READY

    @property
    def settings_stamp(self) -> tuple[object, ...]:
        """A reading begun under another stamp must not be stored."""
        return (self.active, self.state, self.consent_generation, self.tenant)
