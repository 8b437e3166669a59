"""What somebody changes in the portal or the admin: saved, recorded and wished for, in one transaction.

Whoever changes an instance locks its row first, so that two never overwrite each other; then the users in their order.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from auditlog.models import LogEntry
from django.db import IntegrityError, transaction

from . import connect, erase, providers, suspicion, userlist
from .core.booking import ShowAs
from .core.ports import Extension
from .core.rules import DefaultRule
from .core.window import window
from .models import Provider, SyncedBooking, SyncedUser, SyncRule
from .models.user import SyncedUserQuerySet

TOLD_NOWHERE = {"name"}  # settings that mean nothing to One X
ATTEMPTS = 5  # against other instances of the company, which may take an extension at the same moment

Result = TypeVar("Result")


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
class Imported:
    """What became of a list: its rows as judged when it was written, and how many users not in it were removed."""

    rows: list[userlist.Row]
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Switched:
    """Whom `set_all_active` has turned on or off, and whom it could not, each with who drives the extension."""

    changed: list[int]  # pks
    driven: list[tuple[SyncedUser, SyncedUser]]
    entry: int | None = None  # the pk of what was noted


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


def import_users(
    provider: Provider,
    rows: Sequence[userlist.Row],
    extensions: Sequence[Extension],
    agreed: int,
    now: datetime,
) -> Imported:
    """Adds the rows that can be added by now. `agreed`: how many users not in the list may be removed.

    Nobody is removed by a list with rows that cannot be added: one of them may be a slip in somebody's address.
    Raises StaleError where more would be removed, Provider.DoesNotExist."""

    def once() -> Imported:
        kept = _locked(provider)
        judged = userlist.resolve(rows, kept, extensions)
        if pks := [user.pk for user in userlist.add(judged, kept, now)]:
            _note(kept, "users_added", pks)
        if not agreed or any(row.code for row in judged):
            return Imported(judged)
        return Imported(judged, _remove_missing(kept, judged, agreed, now))

    return _in_turn(once)


def _remove_missing(provider: Provider, rows: list[userlist.Row], agreed: int, now: datetime) -> int:
    missing = userlist.missing(rows, provider)
    if missing.count() > agreed:
        raise StaleError
    return remove_users(provider, missing, now)


def set_all_active(provider: Provider, users: SyncedUserQuerySet, active: bool, now: datetime) -> Switched:
    """Turns these users of the instance on or off. Raises Provider.DoesNotExist."""

    def once() -> Switched:
        kept = _locked(provider)
        of_provider = kept.users.listed().filter(pk__in=list(users.order_by().values_list("pk", flat=True)))
        waiting = list(of_provider.exclude(active=active).order_by("pk"))
        driven = _driven(kept, waiting) if active else {}
        pks = [user.pk for user in waiting if user.pk not in driven]
        one = SyncedUser.objects.filter(pk__in=pks)
        one.locked().update(active=active)
        one.wish(now)
        what = "users_activated" if active else "users_inactivated"
        entry = _note(kept, what, pks) if pks else None
        return Switched(pks, [(user, driven[user.pk]) for user in waiting if user.pk in driven], entry)

    return _in_turn(once)


def _driven(provider: Provider, users: Sequence[SyncedUser]) -> dict[int, SyncedUser]:
    """Those whose extension follows another user, or one before them in `users`: each with that user."""
    others = provider.company.synced_users.listed().filter(active=True).select_related("provider")
    drivers = {user.extension: user for user in others}
    driven: dict[int, SyncedUser] = {}
    for user in users:
        driver = drivers.setdefault(user.extension, user)
        if driver.pk != user.pk:
            driven[user.pk] = driver
    return driven


def switched(provider: Provider, entry: int, actor: Any) -> tuple[list[int], bool] | None:
    """Whom an act of this person turned on or off, and which; None where there is no such act in the log."""
    noted = LogEntry.objects.get_for_object(provider).filter(pk=entry, actor=actor).first()
    changes = (noted and noted.changes) or {}
    for what, active in (("users_activated", True), ("users_inactivated", False)):
        if what in changes:
            return list(noted.additional_data["users"]), active
    return None


def _in_turn(once: Callable[[], Result]) -> Result:
    """In one transaction; again, where another instance of the company was quicker: by now it can be seen."""
    for _attempt in range(ATTEMPTS - 1):
        with suppress(IntegrityError), transaction.atomic():
            return once()
    with transaction.atomic():
        return once()


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


def answer_brake(provider: Provider, answer: str, now: datetime) -> int:
    """`answer`: "continue" or "keep", of what has stopped the instance; how many users it is about."""
    with transaction.atomic():
        pks = list(suspicion.doubted(provider).order_by("pk").values_list("pk", flat=True))
        act = suspicion.believe if answer == "continue" else suspicion.keep
        count = act(provider, now)
        _note(provider, "brake_continued" if answer == "continue" else "brake_kept", pks)
    return count


def _note(provider: Provider, what: str, pks: list[int]) -> int:
    """An entry that outlives the users: ids and how many, nothing personal (robustness 7). Its pk."""
    entry = LogEntry.objects.log_create(
        provider,
        action=LogEntry.Action.UPDATE,
        changes={what: ["", str(len(pks))]},
        additional_data={"users": pks},
    )
    return int(entry.pk)
