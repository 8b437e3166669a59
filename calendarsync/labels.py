"""Words for the codes of the engine, as a person reads them. The portal and the command line say the same."""

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .core.rules import Because, HeldBack

SHOW_AS: dict[str, str | Promise] = {
    "busy": _("Busy"),
    "free": _("Free"),
    "workingElsewhere": _("Working elsewhere"),
    "oof": _("Away"),
    "tentative": _("Tentative"),
    "unknown": _("Unknown"),
}

# `show_as` is filled in.
BECAUSE: dict[str, str | Promise] = {
    Because.PRIVATE: _("The booking is private."),
    Because.CANCELLED: _("The meeting is cancelled."),
    Because.DECLINED: _("The user has declined."),
    Because.EMPTY: _("The booking has no length."),
    Because.UNKNOWN_SHOW_AS: _("Outlook does not say how the time is shown."),
    Because.CHOICE: _("The user's own choice for the booking."),
    Because.CHOICE_SKIP: _("The user chose not to synchronise the booking."),
    Because.OWN_RULE: _("The user's own rule in the Outlook add-in."),
    Because.OWN_RULE_OFF: _("The user's own rule says that One X is not to be updated."),
    Because.RULE: _("The rule for %(show_as)s."),
    Because.RULE_OFF: _("The rule for %(show_as)s says that One X is not to be updated."),
}

HELD_BACK: dict[str, str | Promise] = {
    HeldBack.CHOICE_NOT_COUNTED: _("The user has made a choice, but the plugin is not enabled."),
    HeldBack.OWN_RULE_PLUGIN_OFF: _("The user has a rule of their own, but the plugin is not enabled."),
    HeldBack.OWN_RULE_NOT_ALLOWED: _("The user has a rule of their own, but may not change the defaults."),
    HeldBack.NO_DIVERSION_SERVICE: _(
        "The subscription lacks the diversion service. It becomes an absence without diversion."
    ),
    HeldBack.TITLE_CUT: _("The title is cut at 255 characters."),
}

# `days` is filled in.
OUTSIDE: dict[str, str | Promise] = {
    "beyond": _("Further ahead than %(days)d days."),
    "over": _("The booking is over."),
}

STOPPED: dict[str, str | Promise] = {
    "provider_inactive": _("The provider is not active."),
    "user_inactive": _("The user is not active."),
    "extension_gone": _("The One X subscription has ended."),
}

FORWARDING: dict[str, str | Promise] = {
    "none": _("No call forwarding"),
    "announcement": _("Diversion announcement"),
}

# Why a user cannot be added. What is filled in: `address`, `asked`, `other`, `provider`.
REFUSED: dict[str, str | Promise] = {
    "no_address": _("Enter an e-mail address, for example name@company.com."),
    "known": _("%(address)s is synchronised in %(provider)s already."),
    "shared": _("Several subscriptions in your One X have %(asked)s. Choose one by its number."),
    "unknown_address": _(
        "Nobody in your One X has the address %(asked)s. Check the spelling, or order a subscription in Mitt Företag."
    ),
    "unknown": _(
        "Nobody in your One X matches ”%(asked)s”. Check the spelling, or order a subscription in Mitt Företag."
    ),
    "driven": _("The subscription follows %(other)s in %(provider)s already."),
}

# What One X has of a booking: `confirmed.State`. For the table, and for a bar of the picture.
STATE: dict[str, str | Promise] = {
    "absent": _("Not synced"),
    "waiting": _("Waiting"),
    "unread": _("Waiting"),
    "refused": _("Refused by One X"),
}
REFUSED_BAR = _("Refused")

# `reason` is filled in.
BECAME: dict[str, str | Promise] = {
    "absence": _("Absence: %(reason)s"),
    "diversion": _("Diversion: %(reason)s"),
}

# What else there is to say of a booking. What is filled in: `number`, `attempts`, `since`, `next`.
ALSO: dict[str, str | Promise] = {
    "overlap": _("Booking %(number)d lasts at the same time and goes before."),
    "unread": _("What stands in Outlook has not been read yet."),
    "waiting": _("Waiting for One X since %(since)s."),
    "waiting_again": _("Waiting for One X. Attempt %(attempts)d is made at %(next)s."),
    "last_reading": _("As it was at the last reading."),
}

# What a caller hears. What is filled in: `reason`, `until`, `back`.
HEARD: dict[str, str | Promise] = {
    "arrives": _("The call arrives. One X shows no absence."),
    "informed": _("The call arrives. Colleagues see %(reason)s until %(until)s."),
    "diverted": _("The call is answered by a diversion announcement: %(reason)s, back %(back)s."),
}

# The steps of *Testa synkningen nu*: `trial.STEPS`. `count` is filled in where it is known.
STEP: dict[str, str | Promise] = {
    "contact": _("Contact with Microsoft 365"),
    "consent": _("Consent and permission"),
    "mailbox": _("The mailbox exists"),
    "read": _("Bookings read"),
    "rules": _("Rules applied"),
    "sent": _("Sent to One X"),
    "checked": _("Checked in One X"),
}
STEP_COUNTED: dict[str, str | Promise] = {
    "read": _("Bookings read (%(count)s)"),
    "rules": _("Rules applied (%(count)s are to go to One X)"),
}
NOT_COUNTED = _("Private, cancelled and declined bookings are not counted.")

# `trial.Outcome`: the status, and the word on it.
OUTCOME: dict[str, tuple[str, str | Promise]] = {
    "done": ("ok", _("Done")),
    "warning": ("warn", _("Warning")),
    "failed": ("bad", _("Failed")),
    "skipped": ("idle", _("Skipped")),
    "busy": ("busy", _("Under way")),
    "waits": ("idle", _("Waiting")),
}

# What a trial finds beside the codes of `health.EXPLAINED`.
TRIED: dict[str, str | Promise] = {
    "differs": _(
        "One X does not show what was sent. Somebody may have changed it by hand: that stands until the booking "
        "changes in Outlook."
    ),
    "not_connected": _("The provider is not connected to Exchange yet."),
    "rights_unconfirmed": _(
        "One X cannot confirm your rights at the moment. No calendar is read until it can."
    ),
    "slow": _("Nobody has begun yet. Call support if it lasts."),
}

# What a trial that writes nothing would do: `rehearsal.Change.verb`.
WOULD: dict[str, str | Promise] = {
    "set": _("Added"),
    "change": _("Changed"),
    "clear": _("Taken back"),
}


def whose(name: str) -> str:
    """The genitive of a name, in the language of the page."""
    if get_language() != "sv":
        return f"{name}'s"
    return name if name[-1:].lower() in ("s", "x", "z") else f"{name}s"
