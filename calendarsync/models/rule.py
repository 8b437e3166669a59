"""What each Outlook *Visa som* becomes: a provider's rule, or one person's own."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..core.booking import CallForwarding, ShowAs, Treatment
from .provider import Provider
from .user import SyncedUser


class SyncRule(models.Model):
    """One row of *Synkregler*. `update` off: such bookings are not synchronised; the rest is kept for when it is on."""

    provider = models.ForeignKey(
        Provider,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
        verbose_name=_("provider"),
    )
    synced_user = models.ForeignKey(
        SyncedUser,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="own_rules",
        verbose_name=_("synchronised user"),
    )
    show_as = models.CharField(
        _("Outlook 'Show as'"),
        max_length=20,
        choices=[(s.value, s.value) for s in ShowAs if s != ShowAs.UNKNOWN],
    )
    update = models.BooleanField(_("update One X"), default=False)
    reason = models.CharField(_("absence reason"), max_length=64)
    forwarding = models.CharField(
        _("connect calls to"),
        max_length=16,
        choices=[(f.value, f.value) for f in CallForwarding],
        default="none",
    )

    class Meta:
        verbose_name = _("sync rule")
        verbose_name_plural = _("sync rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(provider__isnull=False, synced_user__isnull=True)
                | Q(provider__isnull=True, synced_user__isnull=False),
                name="rule_of_provider_or_user",
            ),
            models.UniqueConstraint(fields=["provider", "show_as"], name="one_rule_a_provider_and_show_as"),
            models.UniqueConstraint(fields=["synced_user", "show_as"], name="one_rule_a_user_and_show_as"),
        ]

    def __str__(self) -> str:
        return f"{self.show_as}: {self.reason if self.update else '–'}"

    @property
    def treatment(self) -> Treatment | None:
        return Treatment(self.reason, CallForwarding(self.forwarding)) if self.update else None
