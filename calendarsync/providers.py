"""Making an instance: the company as One X knows it, the settings, the standard template of rules."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Company
from accounts.rights import keep_company

from . import connect
from .core.booking import CallForwarding, ShowAs
from .core.ports import Customer, Reason
from .core.rules import DEFAULT_RULES, DefaultRule
from .models import Provider, SyncRule


def company(customer: str) -> Company:
    """The company of a One X customer id, made or brought up to date from One X. Raises PbxError."""
    return keep(connect.pbx(Company(customer=customer)).customer())


def keep(known: Customer) -> Company:
    """The row of a company that One X has told of."""
    return keep_company(known.id, known.name, known.organisation_number, known.time_zone)


def template(reasons: Collection[Reason]) -> dict[ShowAs, DefaultRule]:
    """The standard template, as far as this One X has its reasons: its first one stands in for one it lacks."""
    codes = [reason.code for reason in reasons]
    return {
        show_as: rule if rule.reason in codes or not codes else rule._replace(reason=codes[0])
        for show_as, rule in DEFAULT_RULES.items()
    }


def create(company: Company, rules: Mapping[ShowAs, DefaultRule], **settings: Any) -> Provider:
    """A provider with a rule for each *Visa som*. Raises ValidationError, naming the setting."""
    provider = Provider(company=company, **settings)
    provider.full_clean()
    if provider.kind == Provider.Kind.EXCHANGE_ONLINE and _of_another(provider):
        raise ValidationError({"tenant": "This tenant belongs to another company."})
    with transaction.atomic():
        provider.save()
        for show_as, rule in rules.items():
            SyncRule.objects.create(
                provider=provider,
                show_as=show_as.value,
                update=rule.update,
                reason=rule.reason,
                forwarding=rule.forwarding.value,
            )
    return provider


def parse_rule(text: str) -> tuple[ShowAs, DefaultRule]:
    """`busy=meeting:announcement`, `oof=vacation` or `busy=off`. Raises ValueError with what is wrong."""
    name, _, treatment = text.partition("=")
    reason, _, forwarding = treatment.partition(":")
    if name not in {s.value for s in DEFAULT_RULES} or not reason:
        known = ", ".join(show_as.value for show_as in DEFAULT_RULES)
        raise ValueError(f"{text!r}: write SHOWAS=REASON[:FORWARDING], SHOWAS one of {known}")
    if forwarding not in ("", *CallForwarding):
        raise ValueError(f"{text!r}: forwarding is none or announcement")
    show_as = ShowAs(name)
    if reason == "off":
        return show_as, DEFAULT_RULES[show_as]._replace(update=False)
    return show_as, DefaultRule(True, reason, CallForwarding(forwarding or "none"))


def _of_another(provider: Provider) -> bool:
    """A tenant's calendars belong to one company (robustness 3)."""
    others = Provider.objects.filter(tenant__iexact=provider.tenant).exclude(company=provider.company)
    return bool(provider.tenant) and others.exists()
