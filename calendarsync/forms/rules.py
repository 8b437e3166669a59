"""*Synkregler* of one instance: a small form a row."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from .. import labels, providers
from ..core.booking import CallForwarding, ShowAs
from ..core.ports import Reason
from ..core.rules import DefaultRule
from ..models import Provider, SyncRule


class RuleForm(forms.Form):
    """One row. Names are `busy-sync`, `busy-reason`, `busy-forward`."""

    sync = forms.BooleanField(required=False)
    reason = forms.ChoiceField(required=False)
    forward = forms.ChoiceField(
        required=False,
        choices=list(labels.FORWARDING.items()),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the two.")},
    )

    def __init__(self, rule: SyncRule, reasons: Sequence[Reason], data: Any = None) -> None:
        self.rule = rule
        initial = {"sync": rule.update, "reason": rule.reason, "forward": rule.forwarding}
        super().__init__(
            data, prefix=rule.show_as, auto_id="%s", initial=initial, use_required_attribute=False
        )
        self.label = labels.SHOW_AS[rule.show_as]
        self.known = [reason.code for reason in reasons]
        row = f"r-{rule.show_as}"
        for name, field in self.fields.items():
            field.widget.attrs["aria-labelledby"] = f"h-{name} {row}"
        self.fields["sync"].widget.attrs["role"] = "switch"
        self.choose(self._choices(reasons))
        self.fields["reason"].error_messages["invalid_choice"] = _(
            "One X does not have this reason. Choose another."
        )

    def choose(self, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields["reason"]).choices = choices

    def _choices(self, reasons: Sequence[Reason]) -> list[tuple[str, str]]:
        choices = [(reason.code, words(reason)) for reason in reasons]
        if self.rule.reason not in self.known:
            former = providers.former_reason(cast(Provider, self.rule.provider).company, self.rule.reason)
            choices.append((former.code, _("%(reason)s (no longer in One X)") % {"reason": words(former)}))
        return choices

    def clean_reason(self) -> str:
        """What is off keeps its reason, also one that One X has no more."""
        reason: str = self.cleaned_data["reason"] or self.rule.reason
        if self.cleaned_data.get("sync") and reason not in self.known:
            raise ValidationError(_("No longer in One X. Choose another reason."), code="gone")
        return reason

    def clean_forward(self) -> str:
        forward: str = self.cleaned_data["forward"] or self.rule.forwarding
        return forward

    @property
    def wanted(self) -> DefaultRule:
        given = self.cleaned_data
        return DefaultRule(given["sync"], given["reason"], CallForwarding(given["forward"]))


class RuleSheet:
    """All rows of the table, in its order."""

    def __init__(self, rules: Sequence[SyncRule], reasons: Sequence[Reason], data: Any = None) -> None:
        self.rows = [RuleForm(rule, reasons, data) for rule in rules]

    def is_valid(self) -> bool:
        return all(row.is_valid() for row in self.rows)

    @property
    def wanted(self) -> dict[ShowAs, DefaultRule]:
        return {ShowAs(row.rule.show_as): row.wanted for row in self.rows}

    @property
    def errors(self) -> list[tuple[str, object, str]]:
        """Id of the field, name of the row, and what is wrong."""
        return [
            (row[name].auto_id, row.label, str(wrong))
            for row in self.rows
            for name, said in row.errors.items()
            for wrong in said
        ]


class UncheckedSheet(RuleSheet):
    """The same while One X cannot be asked: whatever was chosen is shown again, and nothing can be judged."""

    def __init__(self, rules: Sequence[SyncRule], reasons: Sequence[Reason], data: Any = None) -> None:
        chosen = RuleSheet(rules, reasons, data).rows
        super().__init__(rules, reasons)
        said = {reason.code: words(reason) for reason in reasons}
        for row, typed in zip(self.rows, chosen, strict=True):
            row.initial = {name: typed[name].value() for name in row.fields}
            codes = dict.fromkeys([*said, row.rule.reason, row.initial["reason"] or row.rule.reason])
            row.choose([(code, said.get(code, code)) for code in codes])


def words(reason: Reason) -> str:
    """One X's own words for a reason, in the language of the page."""
    label = reason.label_sv if get_language() == "sv" else reason.label_en
    return label or reason.code
