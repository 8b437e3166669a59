"""*Lägg till* one user: the subscription found first, then its Outlook address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import labels
from ..models import Provider
from ..portal import roster
from ..userlist import Problem, Row
from .fields import LineField

NO_ADDRESS: Any = labels.REFUSED["no_address"]


class SearchForm(forms.Form):
    """The subscription, by a part of name, number or e-mail."""

    q = LineField(
        label=_("Subscription in One X"),
        help_text=_("Search by name, number or e-mail."),
        min_length=2,
        max_length=roster.LONGEST_SEARCH,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter a name, a number or an e-mail address."),
            "min_length": _("Enter at least two characters."),
            "max_length": _("Enter at most 100 characters."),
        },
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        if data is None:
            self.fields["q"].widget.attrs["autofocus"] = True  # empty, and ready for the next one


class AddUserForm(forms.Form):
    """`subscription`: the number or e-mail of one that One X has for this company; the address is proposed from it."""

    subscription = LineField(label=_("Subscription in One X"), required=False, max_length=320)
    email = LineField(
        label=_("Outlook address"),
        help_text=_("The address of the calendar whose bookings are synchronised."),
        max_length=320,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "required": NO_ADDRESS,
            "max_length": _("Enter at most 320 characters."),
        },
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)

    def refuse(self, row: Row, provider: Provider) -> None:
        """Say why the row cannot be added, at the field that is to blame."""
        named = row.asked or row.email
        code = "known" if row.known else str(row.code)
        if row.code is Problem.UNKNOWN and "@" in named:
            code = "unknown_address"
        of_email = row.known or row.code is Problem.NO_ADDRESS or not row.asked
        instance = row.other.provider if row.other else provider
        self.add_error(
            "email" if of_email else "subscription",
            labels.REFUSED[code]
            % {
                "address": row.email,
                "asked": named,
                "other": row.other.email if row.other else "",
                "provider": instance,
            },
        )
