"""*Lägg till leverantör* and *Ta bort*."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company

from ..models import Provider
from .fields import LineField

ONLINE, ONPREM = Provider.Kind.EXCHANGE_ONLINE, Provider.Kind.EXCHANGE_ONPREM
PROPOSED = {ONLINE: "Office 365", ONPREM: "Exchange"}
HELP = {ONLINE: _("The e-mail is in Microsoft 365."), ONPREM: _("You have an Exchange server of your own.")}


class ProviderForm(forms.Form):
    """A new instance: what kind of calendar system, and what it is called."""

    kind = forms.ChoiceField(
        label=_("Where is your e-mail?"),
        choices=Provider.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a type."), "invalid_choice": _("Choose a type.")},
    )
    name = LineField(
        label=_("Name"),
        help_text=_("Shown in the list and on the dashboard."),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Enter a name."), "max_length": _("Enter at most 100 characters.")},
    )

    def __init__(self, company: Company, data: Any = None) -> None:
        self.company = company
        super().__init__(data, initial={"kind": ONLINE, "name": PROPOSED[ONLINE]})

    def kinds(self) -> Iterator[tuple[Any, Any, str]]:
        """For each kind its radio button, what it means, and the name it proposes."""
        for radio in self["kind"].subwidgets:
            kind = Provider.Kind(str(radio.data["value"]))
            yield radio, HELP[kind], PROPOSED[kind]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.company.providers.filter(state=Provider.State.READY, name=name).exists():
            raise ValidationError(_("The name is used already."), code="taken")
        return name


class RemovalForm(forms.Form):
    """The name, typed by hand: what goes cannot be had back."""

    name = forms.CharField(
        label=_("Type the provider's name to confirm"),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Type the provider's name.")},
    )

    def __init__(self, provider: Provider, data: Any = None) -> None:
        self.provider = provider
        super().__init__(data)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.provider.name.strip():
            message = _("Type the name as it is written: %(name)s.")
            raise ValidationError(message, code="another", params={"name": self.provider.name})
        return name
