"""Lists of users: CSV or XLSX in, one result a row out (interface 6).

A row names the Outlook address and, optionally, the One X subscription (its number or e-mail); without it the
subscription with the same e-mail is meant. Nothing but a subscription of the same company can be added.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import phonenumbers
from django.db import transaction

from accounts.models import Company

from . import connect
from .core.ports import Extension
from .models import Provider, SyncedUser
from .models.user import wake

ADDRESS = re.compile(r"[^@\s<>(),;:\"\x00-\x1f]+@[^@\s<>(),;:\"\x00-\x1f]+\.[^@\s<>(),;:\"\x00-\x1f.]+")
MOST_ROWS = 20_000
MOST_BYTES = 5_000_000
MOST_UNPACKED = 50_000_000
MOST_COLUMNS = 50
MOST_CANDIDATES = 100
LONGEST_ADDRESS = 320
EMAIL_HEADERS = {"e-post", "epost", "email", "e-mail"}
EXTENSION_HEADERS = {"abonnemang", "extension", "subscription"}
FORMULA = tuple("=+-@\t\r\0＝＋－＠")  # what a spreadsheet takes for the beginning of one
UNSEEN = ("Cc", "Cf", "Cs")  # controls, marks that turn the direction of writing, lone surrogates


class ListError(ValueError):
    """The file cannot be read as a list of users; the message says why. The portal's words of `code`: `listwords`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Problem(StrEnum):
    """Why a row cannot be added. The portal's words are in `labels.py`."""

    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"
    SHARED = "shared"
    UNKNOWN = "unknown"
    DRIVEN = "driven"
    SAME_EXTENSION = "same_extension"


# What the command line says.
SAID = {
    Problem.NO_ADDRESS: "not an e-mail address",
    Problem.SAME_ADDRESS: "the same address as in line {line}",
    Problem.SHARED: "several One X subscriptions have {asked}: name one by its number",
    Problem.UNKNOWN: "no One X subscription of {company} is {asked}",
    Problem.DRIVEN: "the subscription follows {email} in {provider} already",
    Problem.SAME_EXTENSION: "the same subscription as in line {line}",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stood, what was typed, and what became of it (`code` None: it can be added, or is `known`)."""

    line: int
    email: str
    asked: str = ""  # number or e-mail of the One X subscription, as typed
    extension: Extension | None = None
    known: bool = False  # in this provider already
    code: Problem | None = None
    about: Mapping[str, object] = field(default_factory=dict)  # what the words of `code` name
    other: SyncedUser | None = None  # who has the address or drives the extension already

    @property
    def problem(self) -> str:
        """In the words of the command line; empty where there is none."""
        return SAID[self.code].format(**self.about) if self.code else ""

    def refused(self, code: Problem, **about: object) -> "Row":
        return replace(self, code=code, about=about)


def read_file(path: Path) -> list[Row]:
    """The rows of a CSV or XLSX file. Raises ListError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ListError(f"{path.name}: {error.strerror}", "unreadable") from None
    return parse(data, path.name)


def parse(data: bytes, name: str = "") -> list[Row]:
    """Raises ListError where there is nothing to read, or too much."""
    if len(data) > MOST_BYTES:
        raise ListError(f"the file is larger than {MOST_BYTES // 1_000_000} MB: split it", "too_large")
    table = _xlsx(data) if name.lower().endswith(".xlsx") or data[:4] == b"PK\x03\x04" else _csv(data)
    rows = list(_rows([[_cell(value) for value in line] for line in table]))
    if not any("@" in row.email for row in rows):
        raise ListError("the file has no e-mail addresses: one a row is expected", "no_addresses")
    if len(rows) > MOST_ROWS:
        raise ListError(f"the file has more than {MOST_ROWS} rows: split it", "too_many")
    return rows


def _xlsx(data: bytes) -> list[list[Any]]:
    """Streamed and bounded: a few kilobytes can claim to be a sheet of a billion cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                most = MOST_UNPACKED // 1_000_000
                raise ListError(f"the workbook is larger than {most} MB when unpacked", "too_large")
        sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        lines = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
        return [list(line) for line in lines]
    except ListError:
        raise
    except Exception:  # openpyxl raises whatever the broken part of the file makes it raise
        raise ListError("the file is not a readable XLSX workbook", "no_workbook") from None


def _csv(data: bytes) -> list[list[str]]:
    """Swedish Excel writes `;` and often Windows-1252."""
    text = _text(data)
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
    except csv.Error as error:
        raise ListError(f"the file is not readable CSV: {error}", "no_csv") from None


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what Excel calls Unicode text
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _cell(value: Any) -> str:
    return "" if value is None else alive(str(value).strip())


def _rows(table: list[list[str]]) -> Iterator[Row]:
    header = [cell.lower() for cell in table[0]] if table else []
    email = next((i for i, cell in enumerate(header) if cell in EMAIL_HEADERS), None)
    extension = next((i for i, cell in enumerate(header) if cell in EXTENSION_HEADERS), None)
    if email is None and len(header) > 1 and not any("@" in cell for cell in header):
        raise ListError("no column is named e-post or email", "no_column")
    for line, cells in enumerate(table, start=1):
        if (line == 1 and email is not None) or not any(cells):
            continue
        yield Row(line, _at(cells, email or 0), _at(cells, extension))


def _at(cells: list[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def resolve(rows: Iterable[Row], provider: Provider, extensions: Iterable[Extension]) -> list[Row]:
    """Find each row's extension among the company's, or say why it cannot be added. Writes nothing."""
    finder = _Finder(provider, extensions)
    return [finder.judge(row) for row in rows]


class _Finder:
    def __init__(self, provider: Provider, extensions: Iterable[Extension]) -> None:
        listed = list(extensions)
        self.by_email = {e.email.lower(): e for e in listed if e.email}
        emails = Counter(e.email.lower() for e in listed if e.email)
        self.shared = {email for email, count in emails.items() if count > 1}
        self.by_number = {e.number: e for e in listed}
        everybody = provider.company.synced_users.listed().select_related("provider")
        # `company` too: the manager compares it, and would ask for it once a row.
        others = everybody.only("company", "email", "extension", "active", "provider__name")
        self.provider = provider
        self.drivers = {user.extension: user for user in others if user.active}
        self.known = {user.email.lower(): user for user in others if user.provider_id == provider.pk}
        self.seen: dict[str, int] = {}
        self.taken: dict[str, int] = {}

    def judge(self, row: Row) -> Row:
        address = row.email.lower()
        if not _is_email(row.email):
            return row.refused(Problem.NO_ADDRESS)
        if address in self.seen:
            return row.refused(Problem.SAME_ADDRESS, line=self.seen[address])
        self.seen[address] = row.line
        if address in self.known:
            return replace(row, known=True, other=self.known[address])
        extension, asked = self._extension(row), row.asked or row.email
        if asked.lower() in self.shared:
            return row.refused(Problem.SHARED, asked=asked)
        if extension is None:
            return row.refused(Problem.UNKNOWN, asked=asked, company=self.provider.company)
        return self._driven(row, extension)

    def _driven(self, row: Row, extension: Extension) -> Row:
        """One extension follows one calendar only."""
        driver = self.drivers.get(extension.id)
        if driver:
            refused = row.refused(Problem.DRIVEN, email=driver.email, provider=driver.provider)
            return replace(refused, other=driver)
        if extension.id in self.taken:
            return row.refused(Problem.SAME_EXTENSION, line=self.taken[extension.id])
        self.taken[extension.id] = row.line
        return replace(row, extension=extension)

    def _extension(self, row: Row) -> Extension | None:
        asked = row.asked or row.email
        return self.by_email.get(asked.lower()) or self.by_number.get(_e164(asked))


def found(company: Company, text: str, most: int) -> list[Extension]:
    """The first of the company's extensions with this part of a name, number or e-mail. Raises PbxError."""
    pbx = connect.pbx(company)
    for asked in _as_onex_has_it(text):
        if extensions := list(islice(pbx.search(asked), most)):
            return extensions
    return []


def named(company: Company, asked: str) -> Extension | None:
    """The company's extension with this number or e-mail. Raises PbxError."""
    if not 0 < len(asked) <= LONGEST_ADDRESS:
        return None
    listed = found(company, asked, MOST_CANDIDATES)
    exact = (e for e in listed if asked.lower() in (e.number, (e.email or "").lower()))
    return next(exact, None)


def candidates(company: Company, row: Row) -> list[Extension]:
    """All that `resolve` needs of the company's extensions for one row. Raises PbxError."""
    return found(company, row.asked or row.email, MOST_CANDIDATES)


def _as_onex_has_it(text: str) -> list[str]:
    """What to ask for: One X has numbers in E.164, people write them as they dial."""
    digits = "".join(c for c in text if c in "0123456789")
    if not digits or any(c not in "0123456789 -+()/." for c in text):
        return [text]
    if digits.startswith("00"):
        return [f"+{digits[2:]}", digits]
    return [f"+46{digits[1:]}", digits] if digits.startswith("0") else [digits]


def add(rows: Iterable[Row], provider: Provider, now: datetime) -> list[SyncedUser]:
    """Add the rows that have an extension; they are read at once."""
    users = [_user(row, row.extension, provider, now) for row in rows if row.extension and not row.problem]
    with transaction.atomic():
        wake({provider.pk} if users else ())
        return SyncedUser.objects.bulk_create(users, batch_size=500)


def missing(rows: Iterable[Row], provider: Provider) -> Any:
    """Users of the provider who are in no row, as a queryset."""
    listed = {row.email.lower() for row in rows}
    users = provider.users.listed()
    emails = users.values_list("pk", "email")
    return users.filter(pk__in=[pk for pk, email in emails if email.lower() not in listed])


def _user(row: Row, extension: Extension, provider: Provider, now: datetime) -> SyncedUser:
    return SyncedUser(
        company=provider.company,
        provider=provider,
        email=row.email,
        extension=extension.id,
        number=extension.number,
        name=extension.name,
        diversion=extension.diversion,
        requested_at=now,
        due_at=now,
        read_due_at=now,
    )


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10)."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def alive(text: str) -> str:
    """What `inert` made the cell of."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA) else text


def _is_email(text: str) -> bool:
    """Microsoft allows more than most checkers do: apostrophes, plus signs, letters such as å. One X and Microsoft
    decide whether it exists; here only what cannot be an address is refused."""
    if len(text) > LONGEST_ADDRESS or any(unicodedata.category(c) in UNSEEN for c in text):
        return False
    return ADDRESS.fullmatch(text) is not None


def _e164(text: str) -> str:
    """A number as it is dialled in Sweden, in E.164; '' where it is none."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, "SE"), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return ""
