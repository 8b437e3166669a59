"""Fields that several forms share."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..models.provider import MAX_DAYS_AHEAD

# Controls, marks that turn the direction of writing, lone surrogates: none of them is seen, and PostgreSQL and UTF-8
# refuse some. The joiner is part of names in several scripts.
UNSEEN = ("Cc", "Cf", "Cs")
JOINERS = "\u200c\u200d"


class LineField(forms.CharField):
    """One line of text without characters that nobody can see."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if any(unicodedata.category(c) in UNSEEN and c not in JOINERS for c in text or ""):
            raise ValidationError(_("Remove the characters that cannot be seen."), code="unseen")
        return text


class DaysField(forms.IntegerField):
    """How many days ahead. Whatever is wrong, one sentence says what is right."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Enter a whole number between 1 and 60.")  # MAX_DAYS_AHEAD
        kinds = ("required", "invalid", "min_value", "max_value")
        super().__init__(
            min_value=1,
            max_value=MAX_DAYS_AHEAD,
            error_messages=dict.fromkeys(kinds, wrong),
            # What is no number is kept as it was typed.
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
            **kwargs,
        )


class SwitchField(forms.BooleanField):
    """On or off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.CheckboxInput({"role": "switch"}), **kwargs)
