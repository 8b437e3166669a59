"""Tables as files: CSV as Swedish Excel opens it, and XLSX. No cell is a formula, and memory is bounded."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ..userlist import inert

BOM = "\ufeff"  # without it Excel takes UTF-8 for Windows-1252
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Table = Iterable[Sequence[str]]


class _Echo:
    """A file of which each piece is the answer of `write`."""

    def write(self, text: str) -> str:
        return text


def csv_of(table: Table) -> Iterator[str]:
    """Line by line; with `;`, which Swedish Excel takes for the border of a cell."""
    write = csv.writer(_Echo(), delimiter=";").writerow
    yield BOM
    for cells in table:
        yield write([inert(cell) for cell in cells])


def xlsx_of(table: Table) -> IO[bytes]:
    """A temporary file, at its beginning."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for cells in table:
        sheet.append([inert(ILLEGAL_CHARACTERS_RE.sub("", cell)) for cell in cells])
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    return file
