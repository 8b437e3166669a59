"""*Exportera*: the users of the list as it is, as a file that no spreadsheet runs and that can be imported again."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calendarsync import userlist
from calendarsync.models import Provider, SyncedUser

from .factories import add_provider

ANNA, BERTIL = (f"{name}@contoso.test" for name in ("anna", "bertil"))
HOSTILE = [
    *("=1+1", "+46", "-1", "@x", "＝1", "'=1", "<b>Anna</b>", 'Anna "A"; Berg', "Anna\r\nBerg", "a\u202eb"),
    *("a\x01b", "x" * 200, "Åsa Öberg"),
]


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA, BERTIL))


@pytest.fixture
def anna(move_to, signed_in):
    return signed_in("anna")


def url(provider: Provider, name: str = "user-export") -> str:
    return reverse(f"calendarsync:{name}", args=[provider.pk])


def content(client: Any, provider: Provider, **asked: str) -> bytes:
    answer = client.get(url(provider), asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def named(provider: Provider, *names: str) -> None:
    SyncedUser.objects.bulk_create(
        SyncedUser(
            company=provider.company,
            provider=provider,
            name=name,
            email=f"-{place}@contoso.test",
            extension=f"e{place}",
            number=f"+4670{place}",
        )
        for place, name in enumerate(names)
    )


def test_an_export_has_everybody_and_opens_in_swedish_excel(anna, provider):
    provider.users.filter(extension="anna").update(last_synced_at=timezone.now())
    provider.users.filter(extension="bertil").update(active=False)
    data = content(anna, provider)
    assert data.startswith("\ufeffNamn;E-post;Abonnemang;Aktiv;Status;Senaste uppdatering\r\n".encode())
    assert table(data)[1:] == [
        ["Anna Berg", ANNA, "'+46101000001", "Ja", "Synkad", "2027-05-12 07:00"],
        ["Bertil Åström", BERTIL, "'+46101000002", "Nej", "Inte aktiv", ""],
    ]


def test_a_workbook_has_the_same_cells(anna, provider):
    named(provider, *HOSTILE)
    answer = anna.get(url(provider), {"format": "xlsx"})
    data = b"".join(answer.streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [["" if value is None else value for value in row] for row in sheet.values]
    assert len(cells) == len(HOSTILE) + 3
    assert cells == [
        [each.replace("\x01", "").replace("\r\n", "\n") for each in row] for row in rows(anna, provider)
    ]
    assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "inlineStr", "n"}
    assert "f" not in {cell.data_type for row in sheet.rows for cell in row}


def rows(client: Any, provider: Provider) -> list[list[str]]:
    return table(content(client, provider))


def test_it_is_the_list_as_it_was_searched_and_sorted(anna, provider):
    provider.users.filter(extension="anna").update(active=False)
    assert [row[1] for row in table(content(anna, provider, q="åström"))[1:]] == [BERTIL]
    assert [row[1] for row in table(content(anna, provider, status="inactive"))[1:]] == [ANNA]
    assert [row[1] for row in table(content(anna, provider, sort="-name"))[1:]] == [BERTIL, ANNA]


def test_no_cell_is_a_formula(anna, provider):
    named(provider, *HOSTILE)
    cells = [cell for row in rows(anna, provider) for cell in row]
    assert [cell for cell in cells if cell.startswith(userlist.FORMULA)] == []
    assert "'=1+1" in cells


@pytest.mark.parametrize("text", [*HOSTILE, "", "'", "''", "'''=x", "'Olle"])
def test_what_is_made_inert_comes_back_as_it_was(text):
    assert userlist.alive(userlist.inert(text)) == text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_imported_again_adds_nobody(anna, provider, kind):
    named(provider, *HOSTILE)
    data = content(anna, provider, format=kind)
    file = SimpleUploadedFile(f"lista.{kind}", data)
    preview = anna.post(url(provider, "user-import"), {"file": file}, follow=True)
    everybody = len(HOSTILE) + 2
    assert preview.context["draft"].counts == {"new": 0, "known": everybody, "refused": 0}


def test_an_export_of_one_instance_is_a_list_for_another(anna, provider, world, tmp_path):
    provider.users.filter(extension="anna").update(email="another.address@contoso.test")
    data = content(anna, provider)
    provider.users.update(active=False)
    other = add_provider(world, tmp_path, "--active", name="Exchange Malmö")
    file = SimpleUploadedFile("lista.csv", data)
    preview = anna.post(url(other, "user-import"), {"file": file}, follow=True)
    assert preview.context["draft"].counts == {"new": 2, "known": 0, "refused": 0}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Office 365", "anvandare-office-365"),
        ('../"Malmö"\r\n\u202e; x', "anvandare-malmo-x"),
        ("会社", "anvandare"),
    ],
)
def test_the_file_is_named_as_the_instance_and_safely(anna, provider, name, expected):
    Provider.objects.update(name=name)
    for kind in ("csv", "xlsx"):
        answer = anna.get(url(provider), {"format": kind})
        assert answer["Content-Disposition"] == f'attachment; filename="{expected}.{kind}"'


def test_in_english_it_is_english_to_the_end_and_can_be_imported(anna, provider):
    anna.cookies["django_language"] = "en"
    data = content(anna, provider)
    assert table(data)[0] == ["Name", "E-mail", "Subscription", "Active", "Status", "Latest update"]
    assert table(data)[1][3:5] == ["Yes", "Under way"]
    parsed = userlist.parse(data)
    assert [(row.email, row.asked) for row in parsed] == [(ANNA, "+46101000001"), (BERTIL, "+46101000002")]


def test_a_stranger_finds_nothing(provider, signed_in):
    assert signed_in("filip").get(url(provider)).status_code == 404


def test_a_post_exports_nothing(anna, provider):
    assert anna.post(url(provider)).status_code == 405


def test_who_is_being_removed_is_not_exported(anna, provider):
    provider.users.filter(extension="anna").update(state="removing")
    assert [row[0] for row in rows(anna, provider)] == ["Namn", "Bertil Åström"]


def test_an_export_costs_as_many_queries_for_thirty_as_for_two(anna, provider):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            content(anna, provider)
        return len(counted)

    queries()  # the session's and the rights' first
    two = queries()
    named(provider, *(f"Person {place}" for place in range(28)))
    assert queries() == two
