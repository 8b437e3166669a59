"""A notification subscription at Microsoft for one mailbox (*prenumeration på notifieringar*)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .provider import Provider
from .user import SyncedUser


class Subscription(models.Model):
    """Committed with its secret before Microsoft is asked, so that an answer that is lost leaves no stranger behind."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="subscriptions", verbose_name=_("provider")
    )
    # Null once the person is gone: what remains is to tell Microsoft.
    synced_user = models.OneToOneField(
        SyncedUser,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="subscription",
        verbose_name=_("synchronised user"),
    )
    # Empty until Microsoft has confirmed.
    remote_id = models.CharField(_("id at Microsoft"), max_length=128, blank=True, db_index=True)
    secret_hash = models.CharField(max_length=64)  # sha256 of clientState, hex
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)  # who is asking Microsoft about it right now
    # Also: when to try again.
    renew_at = models.DateTimeField(_("renewed at"), default=timezone.now)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    trouble = models.CharField(_("trouble"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("notification subscription")
        verbose_name_plural = _("notification subscriptions")
        indexes = [models.Index(fields=["provider", "renew_at"], name="subscription_due")]

    def __str__(self) -> str:
        return self.remote_id or f"subscription {self.pk}"
