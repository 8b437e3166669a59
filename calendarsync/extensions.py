"""Keeping our copy of a company's One X extensions true: who has one still, and what it can do."""

from datetime import datetime

from django.db import transaction

from accounts.models import Company

from .core import brake
from .core.ports import Extension, Pbx, Unavailable
from .models import SyncedUser

GONE = "extension_gone"


def refresh(company: Company, pbx: Pbx, now: datetime) -> int:
    """List the extensions again and take over what changed; answers how many users that touched. Raises PbxError.

    Gone: the person stops and what One X holds is withdrawn. Back, or other services: a wish."""
    listed = {extension.id: extension for extension in pbx.search("")}
    users = list(company.synced_users.listed())
    gone = [user for user in users if user.extension not in listed and user.trouble != GONE]
    if (users and not listed) or brake.too_many(len(gone), len(users)):
        # Rather a list that is wrong than a company that lost its telephones overnight.
        raise Unavailable("bad_answer", f"{len(gone)} of {len(users)} extensions are not listed")
    touched = [user for user in users if _take(user, listed.get(user.extension), now)]
    with transaction.atomic():
        SyncedUser.objects.bulk_update(
            touched, ["number", "name", "diversion", "state", "trouble", "trouble_since"], batch_size=200
        )
        SyncedUser.objects.filter(pk__in=[user.pk for user in touched]).wish(now)
    return len(touched)


def _take(user: SyncedUser, extension: Extension | None, now: datetime) -> bool:
    """Copy onto the user; answers whether anything changed."""
    before = (user.number, user.name, user.diversion, user.state)
    if extension is None:
        if user.trouble != GONE:
            user.trouble_since = now
        user.state, user.trouble = SyncedUser.State.BLOCKED, GONE
    else:
        user.number, user.name, user.diversion = extension.number, extension.name, extension.diversion
        if user.trouble == GONE:
            user.state, user.trouble, user.trouble_since = SyncedUser.State.ACTIVE, "", None
    return before != (user.number, user.name, user.diversion, user.state)
