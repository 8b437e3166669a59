"""Keeping our copy of a company's One X extensions true: who has one still, and what it can do."""

from datetime import datetime

from django.db import transaction

from accounts.models import Company

from .core.ports import Extension, Pbx
from .models import SyncedUser

GONE = "extension_gone"


def refresh(company: Company, pbx: Pbx, now: datetime) -> int:
    """List the extensions again and take over what changed; answers how many users that touched. Raises PbxError.

    Gone: the person stops and what One X holds is withdrawn. Back, or other services: a wish."""
    listed = {extension.id: extension for extension in pbx.search("")}
    touched = [user for user in company.synced_users.listed() if _take(user, listed.get(user.extension))]
    with transaction.atomic():
        SyncedUser.objects.bulk_update(
            touched, ["number", "name", "diversion", "state", "trouble", "trouble_since"], batch_size=200
        )
        SyncedUser.objects.filter(pk__in=[user.pk for user in touched]).wish(now)
    return len(touched)


def _take(user: SyncedUser, extension: Extension | None) -> bool:
    """Copy onto the user; answers whether anything changed."""
    before = (user.number, user.name, user.diversion, user.state)
    if extension is None:
        user.state, user.trouble = SyncedUser.State.BLOCKED, GONE
    else:
        user.number, user.name, user.diversion = extension.number, extension.name, extension.diversion
        if user.trouble == GONE:
            user.state, user.trouble, user.trouble_since = SyncedUser.State.ACTIVE, "", None
    return before != (user.number, user.name, user.diversion, user.state)
