"""What somebody changes in the portal or the admin: saved, recorded and wished for, in one transaction.

Whoever changes an instance locks its row first, so that two never overwrite each other; then the users in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.db import IntegrityError, transaction

from . import connect, erase, providers, userlist
from .core.booking import ShowAs
from .core.ports import Extension
from .core.rules import DefaultRule
from .core.window import window
from .models import Provider, SyncedBooking, SyncedUser, SyncRule
from .models.user import SyncedUserQuerySet

TOLD_NOWHERE = {"name"}  # settings that mean nothing to One X


class StaleError(Exception):
    """Somebody else has changed the same thing since it was shown."""


class NameTakenError(Exception):
    """Another instance of the company got the name first."""


class DrivenError(Exception):
    """The extension follows another user's calendar already: `driver`."""

    def __init__(self, driver: SyncedUser) -> None:
        super().__init__(driver.pk)
        self.driver = driver


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What leaves One X by a change of settings: absences, and how many users they are of."""

    absences: int
    users: int


def taken_back(provider: Provider, wanted: Mapping[str, Any], now: datetime) -> TakenBack | None:
    """What saving these settings would withdraw; None where they are no reason to ask first."""
    standing = SyncedBooking.objects.standing().filter(synced_user__in=provider.users.listed())
    if not provider.active:
        return None
    if wanted["active"] and wanted["days_ahead"] >= provider.days_ahead:
        return None
    if wanted["active"]:
        edge = window(now, wanted["days_ahead"], connect.zone(provider.company)).ends_at
        standing = standing.filter(starts_at__gte=edge)
    users = standing.values("synced_user").distinct().count()
    return TakenBack(standing.count(), users)


def save_settings(provider: Provider, wanted: Mapping[str, Any], seen: str, now: datetime) -> bool:
    """Whether anything changed. `seen`: `providers.settings_version` of what was shown.

    Raises StaleError, NameTakenError, Provider.DoesNotExist."""
    try:
        with transaction.atomic():
            kept = _locked(provider)
            if providers.settings_version(kept) != seen:
                raise StaleError
            changed = [name for name, value in wanted.items() if getattr(kept, name) != value]
            _save(kept, {name: wanted[name] for name in changed})
            if set(changed) - TOLD_NOWHERE:
                kept.users.listed().wish(now)
    except IntegrityError:
        raise NameTakenError from None
    return bool(changed)


def save_rules(
    provider: Provider, wanted: Mapping[ShowAs, DefaultRule], seen: str, now: datetime
) -> int | None:
    """How many users that updates; None where nothing changed. `seen`: `providers.rules_version` of what was shown.

    Raises StaleError, Provider.DoesNotExist."""
    with transaction.atomic():
        kept = _locked(provider)
        rules = providers.rules_of(kept)
        if providers.rules_version(rules) != seen:
            raise StaleError
        changed = [rule for rule in rules if _differs(rule, wanted[ShowAs(rule.show_as)])]
        for rule in changed:
            given = wanted[ShowAs(rule.show_as)]
            _save(rule, {**given._asdict(), "forwarding": given.forwarding.value})
        if not changed:
            return None
        kept.users.listed().wish(now)
        return kept.users.listed().filter(active=True).count() if kept.active else 0


def add_user(
    provider: Provider, row: userlist.Row, extensions: list[Extension], now: datetime
) -> userlist.Row:
    """Adds one user, among these extensions of the company; answers the row as judged. Raises Provider.DoesNotExist."""
    try:
        with transaction.atomic():
            kept = _locked(provider)
            judged = userlist.resolve([row], kept, extensions)[0]
            if judged.extension:
                pks = [user.pk for user in userlist.add([judged], kept, now)]
                _note(kept, "users_added", pks)
    except IntegrityError:  # another instance was quicker: by now it can be seen
        judged = userlist.resolve([row], provider, extensions)[0]
    return judged


def set_active(user: SyncedUser, active: bool, now: datetime) -> bool:
    """Whether anything changed. Raises DrivenError, Provider.DoesNotExist, SyncedUser.DoesNotExist."""
    try:
        with transaction.atomic():
            provider = _locked(user.provider)
            kept = provider.users.listed().filter(pk=user.pk).locked().get()
            if kept.active == active:
                return False
            _refuse_second_driver(kept, active)
            one = SyncedUser.objects.filter(pk=kept.pk)
            one.update(active=active)
            one.wish(now)
            _note(provider, "users_activated" if active else "users_inactivated", [kept.pk])
    except IntegrityError:  # another instance was quicker: by now it can be seen
        _refuse_second_driver(user, active)
        raise
    return True


def remove_users(provider: Provider, users: SyncedUserQuerySet, now: datetime) -> int:
    """How many. Their bookings leave One X, then all of theirs is erased. Raises Provider.DoesNotExist."""
    with transaction.atomic():
        kept = _locked(provider)
        pks = list(users.listed().order_by("pk").values_list("pk", flat=True))
        removed = erase.remove_users(SyncedUser.objects.filter(pk__in=pks), now)
        if removed:
            _note(kept, "users_removed", pks)
    return removed


def _locked(provider: Provider) -> Provider:
    rows = Provider.objects.select_related("company").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=provider.pk, state=Provider.State.READY)


def _save(row: Provider | SyncRule, values: Mapping[str, Any]) -> None:
    """Only these columns, because the loops write others; by `save`, which django-auditlog sees."""
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        row.save(update_fields=list(values))


def _differs(rule: SyncRule, wanted: DefaultRule) -> bool:
    return (rule.update, rule.reason, rule.forwarding) != (
        wanted.update,
        wanted.reason,
        wanted.forwarding.value,
    )


def _refuse_second_driver(user: SyncedUser, active: bool) -> None:
    others = SyncedUser.objects.listed().filter(
        company=user.company_id, extension=user.extension, active=True
    )
    driver = others.exclude(pk=user.pk).select_related("provider").first() if active else None
    if driver:
        raise DrivenError(driver)


def _note(provider: Provider, what: str, pks: list[int]) -> None:
    """An entry that outlives the users: ids and how many, nothing personal (robustness 7)."""
    LogEntry.objects.log_create(
        provider,
        action=LogEntry.Action.UPDATE,
        changes={what: ["", str(len(pks))]},
        additional_data={"users": pks},
    )
