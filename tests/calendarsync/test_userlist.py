"""What a file of users may do to us: nothing."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl
import pytest

from calendarsync import userlist
from calendarsync.models import SyncedUser
from mss.simulators.pbx import Extension
from mss.simulators.world import World

ANNA = "anna@contoso.test"
SHEET = "xl/worksheets/sheet1.xml"
BEGIN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def workbook(*parts: str | Iterable[bytes]) -> bytes:
    """An ordinary workbook whose only sheet is these pieces of XML."""
    ordinary, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(ordinary)
    with zipfile.ZipFile(ordinary) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != SHEET:
                new.writestr(name, old.read(name))
        with new.open(SHEET, "w") as sheet:
            for part in parts:
                sheet.writelines([part.encode()] if isinstance(part, str) else part)
    return made.getvalue()


def emails(data: bytes) -> list[str]:
    return [row.email for row in userlist.parse(data, "users.xlsx")]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("row", "place"),
    [(1_048_576, "A1048576"), (1_048_576, "XFD1048576"), (900_000_000, "A900000000")],
    ids=["the last row", "the last cell", "a row no sheet has"],
)
def test_a_sheet_that_claims_to_be_huge_is_read_as_far_as_a_list_goes(row: int, place: str) -> None:
    first, last = (
        f'<row r="1">{cell("A1", ANNA)}</row>',
        f'<row r="{row}">{cell(place, "x@contoso.test")}</row>',
    )
    assert emails(workbook(BEGIN, first, last, END)) == [ANNA]


@pytest.mark.timeout(20)
def test_a_workbook_that_unpacks_to_more_than_memory_is_refused() -> None:
    spaces = (b" " * 2**20 for _ in range(60))
    data = workbook(
        BEGIN, '<row r="1"><c r="A1" t="inlineStr"><is><t>', spaces, f"{ANNA}</t></is></c></row>", END
    )
    with pytest.raises(userlist.ListError, match="larger than 50 MB when unpacked"):
        userlist.parse(data)


def test_a_broken_workbook_is_no_workbook() -> None:
    with pytest.raises(userlist.ListError, match="not a readable XLSX workbook"):
        userlist.parse(workbook(BEGIN, "<row"), "users.xlsx")


@pytest.mark.django_db
def test_an_address_two_extensions_share_needs_the_number(add: Any, listed: Any, world: World) -> None:
    world.pbx.extensions["mobile"] = Extension("mobile", "contoso", "+46101000098", "Anna mobil", ANNA, [])
    code, _, err = add("--users", listed(f"e-post\n{ANNA}\n"))
    assert (code, SyncedUser.objects.count()) == (3, 0)
    said = f"line 2: {ANNA}: several One X subscriptions have {ANNA}: name one by its number"
    assert err.splitlines()[0] == said


@pytest.mark.django_db
def test_an_address_two_extensions_share_is_added_with_the_number(
    add: Any, listed: Any, world: World
) -> None:
    world.pbx.extensions["mobile"] = Extension("mobile", "contoso", "+46101000098", "Anna mobil", ANNA, [])
    assert add("--users", listed(f"e-post;abonnemang\n{ANNA};010-100 00 98\n"))[0] == 0
    assert list(SyncedUser.objects.values_list("email", "extension")) == [(ANNA, "mobile")]
