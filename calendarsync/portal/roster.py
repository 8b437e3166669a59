"""What the tab *Användare* shows: who matches a search, in Swedish order, and how each of them is doing."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..core.ports import MISSING, Extension
from ..health import explained
from ..models import Provider, SyncedUser
from ..models.user import SyncedUserQuerySet
from ..pacing import UNREADABLE
from .alphabet import swedish_order
from .overview import INACTIVE, NEEDS_ACTION, STOPPED, UNDER_WAY, Status

LONGEST_SEARCH = 100  # characters
PAGE, SIZES = 50, (25, 50, 200)  # rows
LATEST = 5
PASSING = timedelta(minutes=15)  # trouble that has not lasted so long is nobody's business yet


SYNCED = Status("ok", _("Synced"))
NEVER = Status("idle", _("Never updated"))
RESTING = Status("idle", _("Not synced"))


# The choices of *Status* above the list.
FILTERS = {
    "attention": (
        NEEDS_ACTION.word,
        Q(state=SyncedUser.State.BLOCKED) | Q(active=True, trouble__in=[*MISSING, UNREADABLE]),
    ),
    "never": (NEVER.word, Q(last_synced_at=None)),
    "inactive": (INACTIVE.word, Q(active=False)),
}


# What the list can be sorted by.
SORTS = ("name", "email", "updated")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `why`: what has happened and what to do, where something is wrong."""

    user: SyncedUser
    status: Status
    why: str = ""


def line(user: SyncedUser, provider: Provider, now: datetime) -> Line:
    status, code = _judged(user, provider, now)
    return Line(user, status, explained(code) if code else "")


def _judged(user: SyncedUser, provider: Provider, now: datetime) -> tuple[Status, str]:
    if user.state == SyncedUser.State.BLOCKED:
        return STOPPED, user.trouble
    if not user.active:
        return INACTIVE, ""
    if not provider.active:
        return RESTING, ""
    if provider.trouble:
        return STOPPED, provider.trouble
    if user.trouble in MISSING or user.trouble == UNREADABLE:
        return NEEDS_ACTION, user.trouble
    if user.in_trouble_for(now) > PASSING:
        return STOPPED, user.trouble
    return _updated(user, now), ""


def _updated(user: SyncedUser, now: datetime) -> Status:
    if user.last_synced_at:
        return SYNCED
    fresh = user.requested_at is not None and now - user.requested_at < PASSING
    return UNDER_WAY if fresh else NEVER


def choices(provider: Provider) -> list[tuple[str, str | Promise, int]]:
    """Each choice of *Status*, its words, and how many users it has; by one query."""
    counts = provider.users.listed().aggregate(
        all=Count("pk"), **{name: Count("pk", filter=q) for name, (_word, q) in FILTERS.items()}
    )
    words = {"": _("All")} | {name: word for name, (word, _q) in FILTERS.items()}
    return [(name, word, counts[name or "all"]) for name, word in words.items()]


def search(provider: Provider, text: str, status: str = "", sort: str = "name") -> SyncedUserQuerySet:
    """Users of the instance. Every word of `text` is part of the name or address, or it is a number.

    `status`: one of FILTERS, or all. `sort`: one of SORTS, with a minus the other way round."""
    _teach_swedish()
    users = provider.users.listed()
    if status in FILTERS:
        users = users.filter(FILTERS[status][1])
    if asked := asked_for(text):
        folded = _Folded(Concat("name", Value("\n"), "email", output_field=CharField()))
        words = Q(*(Q(folded__contains=word) for word in asked.lower().split()))
        users = users.annotate(folded=folded).filter(words | _number(asked))
    return _sorted(users, sort)


def _sorted(users: SyncedUserQuerySet, sort: str) -> SyncedUserQuerySet:
    """The id is the last key. Who has never been updated was updated longest ago."""
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if name == "updated":
        by = F("last_synced_at")
        return users.order_by(by.desc(nulls_last=True) if down else by.asc(nulls_first=True), "pk")
    ordered = users.annotate(order=_Swedish("email" if name == "email" else "name"))
    return ordered.order_by("-order" if down else "order", "pk")


def latest(provider: Provider) -> list[SyncedUser]:
    """Who was added last, newest first."""
    return list(provider.users.listed().order_by("-pk")[:LATEST])


def with_drivers(
    provider: Provider, extensions: Sequence[Extension]
) -> list[tuple[Extension, SyncedUser | None]]:
    """Each extension of the company with the user whose calendar it follows."""
    users = provider.company.synced_users.listed().filter(active=True).select_related("provider")
    drivers = {user.extension: user for user in users.filter(extension__in=[e.id for e in extensions])}
    return [(extension, drivers.get(extension.id)) for extension in extensions]


def asked_for(text: str) -> str:
    """What can be searched for: PostgreSQL takes no NUL, and nobody is called by 10,000 characters."""
    storable = "".join(c for c in text[:LONGEST_SEARCH] if unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", storable).strip()


def _number(asked: str) -> Q:
    """A part of a telephone number as people write it: 010-100 00 01, +46 10, 00 01."""
    digits = "".join(c for c in asked if c in "0123456789")
    if len(digits) < 2 or any(c not in "0123456789 -+()/." for c in asked):
        return Q(pk=None)
    found = Q(number__contains=digits)
    for prefix, country in (("00", "+"), ("0", "+46")):
        if digits.startswith(prefix) and len(digits) > len(prefix):
            return found | Q(number__startswith=country + digits.removeprefix(prefix))
    return found


class _Swedish(Func):
    """A text by which rows stand as in a Swedish telephone directory: å ä ö last, whatever the case."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="swedish_order", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='(%(expressions)s) COLLATE "sv-x-icu"', **context)


class _Folded(Func):
    """A text without its case. SQLite folds English letters alone, and PostgreSQL what its locale knows."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="folded", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = 'LOWER((%(expressions)s) COLLATE "sv-x-icu")'
        return self.as_sql(compiler, connection, template=template, **context)


def _teach_swedish() -> None:
    """SQLite knows no language; a connection is taught once, and again costs nothing."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("swedish_order", 1, swedish_order, deterministic=True)
        connection.connection.create_function("folded", 1, str.lower, deterministic=True)
