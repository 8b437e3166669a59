"""Making an instance: the company as One X knows it, the settings, the standard template of rules."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Company
from accounts.rights import keep_company

from . import connect
from .core.booking import CallForwarding, ShowAs
from .core.ports import Customer, Reason
from .core.rules import DEFAULT_RULES, DefaultRule
from .models import Provider, SyncRule

REASONS_KEPT = 30 * 24 * 3600  # seconds


def company(customer: str) -> Company:
    """The company of a One X customer id, made or brought up to date from One X. Raises PbxError."""
    return keep(connect.pbx(Company(customer=customer)).customer())


def keep(known: Customer) -> Company:
    """The row of a company that One X has told of."""
    return keep_company(known.id, known.name, known.organisation_number, known.time_zone)


def reasons(company: Company) -> list[Reason]:
    """The absence reasons of this company's One X, as it has them now. Raises PbxError."""
    listed = connect.pbx(company).reasons()
    cache.set(_kept(company), listed, REASONS_KEPT)
    ever = {reason.code: reason for reason in cache.get(_kept(company, "ever"), []) + listed}
    cache.set(_kept(company, "ever"), list(ever.values()), REASONS_KEPT)
    return listed


def former_reason(company: Company, code: str) -> Reason:
    """A reason that One X had once; with its code for words where they are not known any more."""
    ever = {reason.code: reason for reason in cache.get(_kept(company, "ever"), [])}
    return ever.get(code) or Reason(code, code, code)


def kept_reasons(company: Company) -> list[Reason]:
    """What they were when One X last answered, for their words; may be empty."""
    return list(cache.get(_kept(company), []))


def _kept(company: Company, when: str = "last") -> str:
    return f"reasons-{when}-{company.pk}"


def rules_of(provider: Provider) -> list[SyncRule]:
    """In the order of the table *Synkregler*."""
    order = list(DEFAULT_RULES)
    return sorted(provider.rules.all(), key=lambda rule: order.index(ShowAs(rule.show_as)))


def settings_version(provider: Provider) -> str:
    """Another one as soon as anybody changes a setting."""
    return _digest(getattr(provider, name) for name in Provider.SETTINGS)


def rules_version(rules: Iterable[SyncRule]) -> str:
    return _digest([rule.show_as, rule.update, rule.reason, rule.forwarding] for rule in rules)


def _digest(values: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(values)).encode()).hexdigest()[:16]


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
