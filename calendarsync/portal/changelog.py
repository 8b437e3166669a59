"""*Ändringslogg* of one instance: who changed what and when, read from the audit log in an administrator's words."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import labels
from ..models import Provider, SyncedUser, SyncRule
from . import personday

PAGE = 50
NAMED = 10  # people an entry names
SECRET = re.compile("password|secret|key|token")

FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "active": gettext_lazy("Active"),
    "days_ahead": gettext_lazy("Sync days ahead"),
    "all_private": gettext_lazy("All meetings private"),
    "plugin_enabled": gettext_lazy("Plugin enabled"),
    "may_change_defaults": gettext_lazy("Plugin users may change their default configuration"),
    "tenant": gettext_lazy("Organisation in Microsoft 365"),
    "update": gettext_lazy("Update One X"),
    "reason": gettext_lazy("Absence reason"),
    "forwarding": gettext_lazy("Connect calls to"),
}
SKIPPED = {
    "id",
    "provider",
    "synced_user",
    "show_as",
    "rules",
    "users",
}  # said by the line itself, or no setting


@dataclass(frozen=True, slots=True)
class Changed:
    """One setting in words; `old` or `new` is '' where there was or is nothing."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: `what` was changed, each setting of it, and the `people` it was about who are still there."""

    at: datetime
    who: str
    what: str
    changes: tuple[Changed, ...] = ()
    people: tuple[str, ...] = ()


def entries(provider: Provider) -> QuerySet[LogEntry]:
    """Of the instance and its rules, those that are gone too; newest first. Who looked at what is not among them."""
    of_provider = Q(content_type=_type(Provider), object_id=provider.pk)
    of_rule = Q(content_type=_type(SyncRule))
    gone = LogEntry.objects.filter(
        of_rule, action=LogEntry.Action.DELETE, changes__provider__0=str(provider.pk)
    )
    rules = Q(object_id__in=provider.rules.values("pk")) | Q(object_id__in=gone.values("object_id"))
    found: QuerySet[LogEntry] = LogEntry.objects.filter(of_provider | (of_rule & rules))
    found = found.exclude(action=LogEntry.Action.ACCESS).select_related("actor", "content_type")
    return found.order_by("-timestamp", "-pk")


def told(listed: Iterable[LogEntry], provider: Provider) -> list[Line]:
    """These entries in the language of now."""
    kept = list(listed)
    reasons = personday.reason_words(provider) if any("reason" in _changes(e) for e in kept) else {}
    people = _people(provider, kept)
    return [_line(entry, reasons, people) for entry in kept]


def _type(model: type[Provider] | type[SyncRule]) -> ContentType:
    return ContentType.objects.get_for_model(model)


def _people(provider: Provider, listed: list[LogEntry]) -> dict[int, str]:
    """The names of users that entries are about: of those being removed, and of who was, nothing is said."""
    pks = {pk for entry in listed for pk in _pks(entry)}
    users = provider.users.listed().filter(pk__in=pks) if pks else SyncedUser.objects.none()
    return {user.pk: str(user) for user in users}


def _pks(entry: LogEntry) -> list[int]:
    """The first few: an entry may be about ten thousand, whose number it says."""
    return list((entry.additional_data or {}).get("users", ()))[:NAMED]


def _changes(entry: LogEntry) -> Mapping[str, Any]:
    return entry.changes or {}


def _line(entry: LogEntry, reasons: Mapping[str, str], people: Mapping[int, str]) -> Line:
    changes = _changes(entry)
    noted = next((name for name in changes if name in NOTED), "")
    about = tuple(people[pk] for pk in _pks(entry) if pk in people)
    if noted:
        count = int(changes[noted][1])
        return Line(entry.timestamp, _who(entry), NOTED[noted](count) % {"count": count}, people=about)
    changed = tuple(_changed(name, pair, reasons) for name, pair in changes.items() if name not in SKIPPED)
    return Line(entry.timestamp, _who(entry), _what(entry), changed, about)


def _who(entry: LogEntry) -> str:
    """Whoever works for Telenor is Telenor, at a terminal too. An account that is gone leaves no name."""
    if entry.actor is None:
        return _("Somebody who has been removed") if entry.actor_email else "Telenor"
    if entry.actor.telenor_id is None:
        return "Telenor"
    return str(entry.actor.get_full_name() or _("An administrator"))


def _what(entry: LogEntry) -> str:
    if entry.content_type.model_class() is SyncRule:
        show_as = entry.object_repr.partition(":")[0]
        return _("Sync rule %(show_as)s") % {"show_as": labels.SHOW_AS.get(show_as, show_as)}
    return _("The provider was added") if entry.action == LogEntry.Action.CREATE else _("Settings")


def _changed(name: str, pair: Any, reasons: Mapping[str, str]) -> Changed:
    field = str(FIELDS.get(name, name))
    if SECRET.search(name):
        return Changed(field, "", _("changed"))
    old, new = (_value(name, value, reasons) for value in pair)
    return Changed(field, old, new)


def _value(name: str, value: Any, reasons: Mapping[str, str]) -> str:
    text = str(value)
    if text in ("None", ""):
        return ""
    if text in ("True", "False"):
        return _("Yes") if text == "True" else _("No")
    if name == "reason":
        return reasons.get(text, text)
    return str(labels.FORWARDING.get(text, text)) if name == "forwarding" else text


def _added(count: int) -> str:
    return ngettext("%(count)s user added", "%(count)s users added", count)


def _removed(count: int) -> str:
    return ngettext("%(count)s user removed", "%(count)s users removed", count)


def _activated(count: int) -> str:
    return ngettext("%(count)s user activated", "%(count)s users activated", count)


def _inactivated(count: int) -> str:
    return ngettext("%(count)s user inactivated", "%(count)s users inactivated", count)


# What `changes.py` notes of users: how many, and their ids.
def _went_on(count: int) -> str:
    return ngettext(
        "The pause was ended: what is gone from Outlook for %(count)s user is taken back from One X",
        "The pause was ended: what is gone from Outlook for %(count)s users is taken back from One X",
        count,
    )


def _kept(count: int) -> str:
    return ngettext(
        "The pause was ended: what One X has of %(count)s user is kept",
        "The pause was ended: what One X has of %(count)s users is kept",
        count,
    )


NOTED: dict[str, Callable[[int], str]] = {
    "users_added": _added,
    "users_removed": _removed,
    "users_activated": _activated,
    "users_inactivated": _inactivated,
    "brake_continued": _went_on,
    "brake_kept": _kept,
}
