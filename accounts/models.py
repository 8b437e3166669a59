"""Who: the companies that use the service and the people who sign in for them."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Company(models.Model):
    """A One X customer. Name, number and zone are One X's and copied from it."""

    customer = models.CharField(max_length=64, unique=True)  # One X's own id
    name = models.CharField(max_length=200)
    organisation_number = models.CharField(max_length=32, blank=True)
    time_zone = models.CharField(max_length=64, default="Europe/Stockholm")
    extensions_at = models.DateTimeField(null=True, blank=True)  # when One X's extensions were last listed

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in: a company's administrator through Telenor ID, or Telenor staff with a local account."""

    telenor_id = models.CharField(max_length=128, unique=True, null=True, blank=True)
    language = models.CharField(max_length=8, default="sv")
    companies = models.ManyToManyField(Company, through="Membership")


class Membership(models.Model):
    """What One X said about a person in a company, and when it said so."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    administrator = models.BooleanField(default=False)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_membership_per_company")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.company_id}"
