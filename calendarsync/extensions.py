"""Keeping our copy of a company's One X extensions true: who has one still, and what it can do."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import Company

from . import history
from .core import brake
from .core.ports import Extension, Pbx, Unavailable
from .models import SyncedUser

GONE = "extension_gone"
COPIED = ["number", "name", "diversion", "state", "trouble", "trouble_since"]


def refresh(company: Company, pbx: Pbx, now: datetime) -> int:
    """List the extensions again and take over what changed; answers how many users that touched. Raises PbxError.

    Gone: the person stops and what One X holds is withdrawn. Back, or other services: a wish."""
    listed = {extension.id: extension for extension in pbx.search("")}
    with transaction.atomic():
        # Locked before it is looked at: somebody may be removing one of them right now.
        users = list(company.synced_users.listed().locked().order_by("pk"))
        _doubt(users, listed)
        before = {user.pk: {"trouble": user.trouble, "failures": user.failures} for user in users}
        touched = [user for user in users if _take(user, listed.get(user.extension), now)]
        SyncedUser.objects.bulk_update(touched, COPIED, batch_size=200)
        history.write([each for user in touched for each in history.of_trouble(user, before[user.pk])], now)
        SyncedUser.objects.filter(pk__in=[user.pk for user in touched]).wish(now, asked=False)
    return len(touched)


def _doubt(users: list[SyncedUser], listed: Collection[str]) -> None:
    """Rather a list that is wrong than a company that lost its telephones overnight. Raises Unavailable."""
    gone = [user for user in users if user.extension not in listed]
    new = [user for user in gone if user.state != SyncedUser.State.BLOCKED]
    if (users and not listed) or brake.too_many(len(new), len(users)):
        raise Unavailable("bad_answer", f"{len(gone)} of {len(users)} extensions are not listed")


def _take(user: SyncedUser, extension: Extension | None, now: datetime) -> bool:
    """Copy onto the user; answers whether anything changed."""
    before = [getattr(user, name) for name in COPIED]
    if extension is None:
        if user.state != SyncedUser.State.BLOCKED:
            user.state, user.trouble, user.trouble_since = SyncedUser.State.BLOCKED, GONE, now
    else:
        user.number, user.name, user.diversion = extension.number, extension.name, extension.diversion
        if user.state == SyncedUser.State.BLOCKED:
            user.state, user.trouble, user.trouble_since = SyncedUser.State.ACTIVE, "", None
    return before != [getattr(user, name) for name in COPIED]
