"""Words for the codes of the engine, as a person reads them. The portal and the command line say the same."""

from django.utils.functional import Promise
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
