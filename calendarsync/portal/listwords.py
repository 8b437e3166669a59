"""What is said of a list of users: why it cannot be read, and why a row of it cannot be added."""

import unicodedata
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .. import labels
from ..userlist import UNSEEN, Problem
from .uploaded import Entry

# `ListError.code`.
UNREADABLE: dict[str, Any] = {
    "too_large": _("The list is larger than 5 MB. Split it into several."),
    "too_many": _("The list has more than 20,000 rows. Split it into several."),
    "no_addresses": _("The list has no e-mail addresses. Write one on each row."),
    "no_column": _("No column is called E-mail. Write it above the addresses."),
    "no_workbook": _("The Excel file cannot be read. Save it again as XLSX or CSV."),
    "no_csv": _("The list cannot be read. Save it as CSV or XLSX."),
    "unreadable": _("The list cannot be read. Save it as CSV or XLSX."),
}

TOO_MUCH_PASTED = _("What was pasted is larger than 1 MB. Choose a file instead.")
NOBODY_REMOVED = _("Nobody was removed, because some rows could not be added. Correct them first.")

# Of rows that concern other rows. `line` is filled in.
SAME: dict[str, str | Promise] = {
    Problem.SAME_ADDRESS: _("The same address is on row %(line)s."),
    Problem.SAME_EXTENSION: _("The same subscription is on row %(line)s."),
}


def why(entry: Entry) -> str:
    """Why the row cannot be added; empty where it can, or has been."""
    if not entry.code:
        return ""
    if entry.code in SAME:
        return str(SAME[entry.code]) % entry.about
    about = {"other": entry.about.get("email", ""), "provider": "", **entry.about}
    code = entry.code
    if code == Problem.UNKNOWN and "@" in about["asked"]:
        code = "unknown_address"
    return seen(str(labels.REFUSED[code]) % about)


def seen(text: str) -> str:
    """With a mark for each character that nobody can see, and that might turn the rest around."""
    return "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)
