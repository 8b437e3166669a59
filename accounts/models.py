"""Who: the companies that use the service and the people who sign in for them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    """A One X customer. Name, number and zone are One X's and copied from it."""

    customer = models.CharField(_("customer in One X"), max_length=64, unique=True)  # One X's own id
    name = models.CharField(_("name"), max_length=200)
    organisation_number = models.CharField(_("organisation number"), max_length=32, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Stockholm")
    # When One X's extensions were last listed.
    extensions_at = models.DateTimeField(_("subscriptions last listed"), null=True, blank=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in: a company's administrator through Telenor ID, or Telenor staff with a local account."""

    telenor_id = models.CharField("Telenor ID", max_length=128, unique=True, null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="sv")
    # When One X was last asked which companies this person administers: the memberships are its answer.
    rights_at = models.DateTimeField(_("rights last asked for"), null=True, blank=True)
    companies = models.ManyToManyField(Company, through="Membership", verbose_name=_("companies"))


class Membership(models.Model):
    """A person administers a company: One X said so when it was last asked (`User.rights_at`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_membership_per_company")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.company_id}"
