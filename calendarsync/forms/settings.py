"""*Inställningar* of one instance."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..models import Provider, SyncedBooking
from ..portal import overview
from .fields import DaysField, LineField, SwitchField


class SettingsForm(forms.Form):
    """The fields of `groups` in their order; `cleaned_data` is what `changes.save_settings` takes."""

    name = LineField(
        label=_("Name"),
        help_text=_("Shown in the list and on the dashboard."),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Enter a name."), "max_length": _("Enter at most 100 characters.")},
    )
    active = SwitchField(
        label=_("Active"),
        help_text=_("Off: nothing is synchronised, and what has been sent to One X is taken back."),
    )
    days_ahead = DaysField(
        label=_("Sync days ahead"),
        help_text=_("How many days ahead bookings are read. The most common is 14."),
    )
    all_private = SwitchField(
        label=_("All meetings private"),
        help_text=_("On: the titles of bookings are never fetched, stored or shown."),
    )
    plugin_enabled = SwitchField(
        label=_("Plugin enabled"),
        help_text=format_lazy(
            "{} {}",
            _("On: the users' own rules in the Outlook add-in go before the company's."),
            _("The add-in is not available yet."),
        ),
    )
    may_change_defaults = SwitchField(
        label=_("Plugin users may change their default configuration"),
        help_text=_("Off: the users follow your rules but may choose for a single booking."),
    )

    GROUPS = (
        (_("General"), ("name", "active")),
        (_("Bookings"), ("days_ahead", "all_private")),
        (_("Outlook add-in"), ("plugin_enabled", "may_change_defaults")),
    )

    def __init__(self, provider: Provider, data: Any = None) -> None:
        self.provider = provider
        super().__init__(data, initial={name: getattr(provider, name) for name in self.base_fields})

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Heading and fields."""
        return [(heading, [self[name] for name in names]) for heading, names in self.GROUPS]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = self.provider.company.providers.filter(state=Provider.State.READY, name=name)
        if others.exclude(pk=self.provider.pk).exists():
            raise ValidationError(_("The name is used already."), code="taken")
        return name

    def clean_active(self) -> bool:
        active: bool = self.cleaned_data["active"]
        if active and not self.provider.active and not overview.connected(self.provider):
            raise ValidationError(
                _("Connect Exchange first, then the sync can be turned on."), code="not_connected"
            )
        return active

    def titles_are_stored(self) -> bool:
        """Whether turning on *Alla möten privata* erases something."""
        if self.provider.all_private:
            return False
        titled = SyncedBooking.objects.filter(synced_user__provider=self.provider).exclude(title="")
        return titled.exists()
