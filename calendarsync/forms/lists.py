"""*Importera lista*: a file, or what is pasted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import userlist
from ..portal import listwords
from ..userlist import ListError, Row


class ListForm(forms.Form):
    """One of the two; `rows` are what is in it."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (XLSX), at most 20,000 rows and 5 MB."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx"}),
    )
    pasted = forms.CharField(
        label=_("Or paste the list"),
        help_text=_("One address on each row."),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        self.rows: list[Row] = []
        super().__init__(data, files)

    def clean(self) -> None:
        file, pasted = self.cleaned_data.get("file"), self.cleaned_data.get("pasted", "").strip()
        if file is not None and pasted:
            self.add_error("pasted", _("Choose a file or paste a list, not both."))
        elif file is not None:
            self._read("file", file.read(userlist.MOST_BYTES + 1), file.name)
        elif pasted:
            self._read("pasted", pasted.encode("utf-8", "replace"))
        else:
            self.add_error("file", _("Choose a file, or paste a list."))

    def _read(self, field: str, data: bytes, name: str = "") -> None:
        try:
            self.rows = userlist.parse(data, name)
        except ListError as error:
            self.add_error(field, listwords.UNREADABLE[error.code])
