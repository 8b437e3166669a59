"""What a health check says: title, what was tried, what was found and what mends it; portal and terminal alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .. import health, labels
from .checkup import Check, Code, Status

Words = str | Promise

# `until` is filled in where it is known.
TITLE: dict[str, Words] = {
    Code.CONSENT: _("The consent exists"),
    Code.PERMISSION: _("The permissions suffice (Calendars.Read)"),
    Code.MAILBOX: _("A test mailbox can be read"),
    Code.SUBSCRIPTION: _("Subscription to changes is valid"),
    Code.ONEX: _("One X answers"),
    Code.RECENT: _("Latest sync within an hour"),
}
VALID_UNTIL = _("Subscription to changes is valid until %(until)s")

TRIED: dict[str, Words] = {
    Code.CONSENT: _("Microsoft was asked for a new access key."),
    Code.PERMISSION: _("What the service may do was read from Microsoft's answer."),
    Code.MAILBOX: _("The coming hour of one calendar was read, without titles."),
    Code.SUBSCRIPTION: _("What Microsoft has granted for each user was looked up."),
    Code.ONEX: _("One X was asked about the company."),
    Code.RECENT: _("When the users were last updated was looked up."),
}

# The status, and the word on it.
STATUS: dict[str, tuple[str, Words]] = {
    Status.OK: ("ok", _("In order")),
    Status.WARN: ("warn", _("Warning")),
    Status.BAD: ("bad", _("Failed")),
    Status.SKIPPED: ("idle", _("Skipped")),
}

# The evidence. What is filled in: `names`, `who`, `live`, `wanted`, `company`, `updated`, `users`, `last`, `answer`.
FOUND: dict[str, Words] = {
    "token": _("Microsoft gave one."),
    "granted": _("Microsoft allows %(names)s."),
    "scoped": _("Microsoft names no permission, but the test mailbox can be read: Exchange allows it."),
    "unnamed": _("Microsoft names no permission to read calendars."),
    "read": _("The mailbox of %(who)s answered."),
    "live": _("%(live)s of %(wanted)s users have one."),
    "company": _("One X knows %(company)s."),
    "updated": _("%(updated)s of %(users)s users were updated within the hour, the latest at %(last)s."),
    "never": _("No user has ever been updated."),
    "microsoft_answer": _("Microsoft answered %(answer)s."),
    "onex_answer": _("One X answered %(answer)s."),
}

SKIPPED: dict[str, Words] = {
    "after": _("An earlier check failed."),
    "out_of_time": _("The other side took too long, and the check was ended."),
    "no_users": _("There are no users yet."),
    "provider_inactive": labels.STOPPED["provider_inactive"],
    "onex_away": _("One X did not answer, so it is not known whose the address is."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One check in words. `what` has happened and what `mends` it, where something is wrong or was skipped."""

    title: str
    kind: str
    word: str
    tried: str
    found: str
    what: str
    mends: str


def told(check: Check, who: str) -> Told:
    """In the language of now. `who`: whose mailbox was tried."""
    about = {name: _said(value) for name, value in check.about.items()} | {"who": who}
    skipped = check.status is Status.SKIPPED
    what, mends = _explained(check)
    return Told(
        title=_title(check, about),
        kind=STATUS[check.status][0],
        word=str(STATUS[check.status][1]),
        # Nobody was asked about an instance that is connected to nothing.
        tried="" if skipped or check.trouble == "not_connected" else str(TRIED[check.code]),
        found=str(FOUND[check.found]) % about if check.found else "",
        what=what,
        mends=mends,
    )


def _title(check: Check, about: Mapping[str, str]) -> str:
    known = check.about.get("until") is not None
    return str(VALID_UNTIL) % about if known else str(TITLE[check.code])


def _explained(check: Check) -> tuple[str, str]:
    if check.status is Status.SKIPPED:
        return str(SKIPPED.get(check.trouble, check.trouble)), ""
    if not check.trouble:
        return "", ""
    what, mends = health.EXPLAINED.get(check.trouble, (check.trouble, ""))
    return str(what), str(mends)


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)
