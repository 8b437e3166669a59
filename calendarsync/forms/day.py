"""A time of the day that is shown, for what a caller hears then."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HeardForm(forms.Form):
    """`kl`: 10:30."""

    kl = forms.TimeField(
        label=_("At"),
        input_formats=["%H:%M", "%H.%M"],
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={
            "required": _("Enter a time, for example 10:30."),
            "invalid": _("Enter a time, for example 10:30."),
        },
    )
