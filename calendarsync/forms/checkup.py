"""*Hälsokontroll*: whose mailbox is tried."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import labels
from .fields import LineField


class CheckForm(forms.Form):
    """`address`: of somebody in the company; empty for one of the instance's users."""

    address = LineField(
        label=_("Test mailbox"),
        help_text=_("An address in your company. Empty: one of the provider's users."),
        required=False,
        max_length=320,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"max_length": _("Enter at most 320 characters.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)

    def refuse(self) -> None:
        """Nobody in the company has the address."""
        asked = self.cleaned_data["address"]
        code = "unknown_address" if "@" in asked else "no_address"
        self.add_error("address", labels.REFUSED[code] % {"asked": asked})
