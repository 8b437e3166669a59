"""*Importera lista*: what is uploaded, whose it is, and the preview that writes nothing."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from accounts import rights
from calendarsync.portal import uploaded

from .factories import add_provider
from .importing import (
    ANNA,
    BERTIL,
    CECILIA,
    FILIP,
    carry_on,
    emails,
    file,
    hire,
    judged_as,
    paste,
    upload,
    url,
    words,
)
from .judged import judged


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA,))


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


def workbook(*rows: list[Any]) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


# The preview


def test_a_preview_says_what_would_happen_and_writes_nothing(anna, provider):
    answer = upload(anna, provider, f"e-post\n{ANNA}\n{BERTIL}\nnobody@contoso.test\n")
    assert answer.redirect_chain == [(answer.wsgi_request.get_full_path(), 302)]
    assert "1 läggs till 1 finns redan 1 kan inte läggas till" in words(answer)
    assert "Rad E-post Resultat Varför" in words(answer)
    unknown = "Ingen i ert One X har adressen nobody@contoso.test. Kontrollera stavningen, eller beställ"
    assert f"Rad 4 nobody@contoso.test Resultat Kan inte läggas till Varför {unknown}" in words(answer)
    assert "Importera 1 användare" in words(answer)
    assert emails() == [ANNA]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_csv_that_excel_writes_is_read(anna, provider, separator, coding):
    lines = ["namn", "e-post", "abonnemang"], ["Bertil Åström", "b.åström@contoso.test", "010-100 00 02"]
    content = "\r\n".join(separator.join(line) for line in lines).encode(coding)
    assert judged_as(upload(anna, provider, content)) == [("b.åström@contoso.test", "new", "")]


def test_a_workbook_is_read(anna, provider):
    content = workbook(["Namn", "E-post"], ["Bertil", BERTIL], ["Ingen", None])
    assert judged_as(upload(anna, provider, content, "lista.xlsx"))[0] == (BERTIL, "new", "")


def test_a_list_can_be_pasted(anna, provider):
    assert judged_as(paste(anna, provider, BERTIL, CECILIA)) == [(BERTIL, "new", ""), (CECILIA, "new", "")]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "lista.csv", "istan har inga e-postadresser. Skriv en på varje rad."),
        (b"PK\x03\x04 broken", "lista.xlsx", "xcelfilen går inte att läsa. Spara om den som XLSX eller CSV."),
        ("namn;telefon\nAnna;1\n", "lista.csv", "ngen kolumn heter E-post. Skriv det ovanför adresserna."),
        (f'"{"x" * 200_000}"\n', "lista.csv", "istan går inte att läsa. Spara den som CSV eller XLSX."),
        ("x@y.test\n" * 20_001, "lista.csv", "istan har fler än 20 000 rader. Dela upp den i flera."),
        (b"x" * 5_000_001, "lista.csv", "istan är större än 5 MB. Dela upp den i flera."),
        (b"x" * 7_000_000, "lista.csv", "istan är större än 5 MB. Dela upp den i flera."),
    ],
    ids=["empty", "broken workbook", "no column", "huge cell", "20,001 rows", "over 5 MB", "far over 5 MB"],
)
def test_what_cannot_be_read_says_why_and_what_to_do(anna, provider, content, name, sentence):
    answer = upload(anna, provider, content, name)
    assert (answer.status_code, words(answer).count(sentence)) == (422, 2)
    assert words(answer).startswith("Fel: Importera lista")
    assert 'href="#id_file"' in answer.content.decode()


def test_too_much_text_is_refused_in_words(anna, provider, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = paste(anna, provider, "x@y.test\n" * 1000)
    sentence = "et som klistrades in är större än 1 MB. Välj en fil i stället."
    assert (answer.status_code, words(answer).count(sentence)) == (422, 2)


def test_neither_or_both_is_a_mistake_and_what_was_pasted_is_not_lost(anna, provider):
    nothing = anna.post(url(provider))
    assert (nothing.status_code, words(nothing).count("älj en fil, eller klistra in en lista.")) == (422, 2)
    both = anna.post(url(provider), {**file(BERTIL), "pasted": CECILIA})
    assert (both.status_code, words(both).count("älj en fil eller klistra in en lista, inte båda.")) == (
        422,
        2,
    )
    assert f"{CECILIA}</textarea>" in both.content.decode()


def test_an_address_of_another_company_is_as_unknown_as_one_of_nobody(anna, provider):
    filip, nobody = judged_as(paste(anna, provider, FILIP, "nobody@fabrikam.test"))
    assert filip[2] == nobody[2].replace("nobody@fabrikam.test", FILIP)
    assert (filip[1], nobody[1]) == ("refused", "refused")


def test_hostile_cells_are_refused_and_shown_as_what_they_are(anna, provider):
    rows = [
        "<script>alert(1)</script>@x.test",
        "=cmd|' /C calc'!A0",
        "anna\u202etest@contoso.test;010-100 00 02",
    ]
    answer = upload(anna, provider, "\n".join(["e-post;abonnemang", *rows, "x" * 10_000, "a\0b"]))
    assert {outcome for _, outcome, _ in judged_as(answer)} == {"refused"}
    html = answer.content.decode()
    assert ("<script>alert" in html, "\u202e" in html, "x" * 500 in html) == (False, False, False)
    assert "anna\ufffdtest@contoso.test" in html
    carry_on(anna, answer)
    assert emails() == [ANNA]


def test_rows_that_say_the_same_twice_name_the_other_row(anna, provider):
    lines = ["e-post;abonnemang", BERTIL, BERTIL, "b@contoso.test;+46101000002"]
    answer = paste(anna, provider, *lines)
    assert [why for _, _, why in judged_as(answer)] == [
        *("", "Samma adress finns på rad 2.", "Samma abonnemang finns på rad 2.")
    ]


def test_a_subscription_that_follows_somebody_is_named(anna, provider, world, tmp_path):
    other = add_provider(world, tmp_path, "--active", name="Exchange Malmö")
    answer = paste(anna, other, ANNA)
    assert judged_as(answer)[0][2] == "Abonnemanget följer redan anna@contoso.test i Office 365."


def test_the_rows_are_paged_and_can_be_narrowed_to_errors(anna, provider, world):
    answer = paste(anna, provider, *hire(world, 60), "a@x.test", "b@x.test")
    assert "1–50 av 62" in words(answer)
    here = answer.wsgi_request.get_full_path()
    assert "51–62 av 62" in words(anna.get(f"{here}&page=2"))
    only = anna.get(f"{here}&only=refused")
    assert [email for email, _, _ in judged_as(only)] == ["a@x.test", "b@x.test"]
    assert "Visa alla rader" in words(only)


def test_the_list_of_errors_is_a_file_that_can_be_mended_and_uploaded(anna, provider):
    answer = paste(anna, provider, "e-post;abonnemang", BERTIL, "=1+1;@x", FILIP)
    file = signed_in_again(anna).get(f"{answer.wsgi_request.get_full_path()}&format=csv")
    text = b"".join(file.streaming_content).decode()
    assert text.startswith("\ufeffRad;E-post;Abonnemang;Varför\r\n3;'=1+1;'@x;")
    assert 'filename="kan-inte-laggas-till.csv"' in file["Content-Disposition"]
    mended = text.replace(FILIP, CECILIA)
    assert [each[:2] for each in judged_as(upload(anna, provider, mended))] == [
        *(("=1+1", "refused"), (CECILIA, "new"))
    ]


def signed_in_again(client: Client) -> Client:
    """The same browser, not judged: a stream has no content to look at."""
    other = Client()
    other.cookies = client.cookies
    return other


def test_the_template_can_be_imported(anna, provider):
    answer = signed_in_again(anna).get(url(provider), {"template": "csv"})
    content = b"".join(answer.streaming_content)
    assert content.decode("utf-8-sig").startswith("E-post;Abonnemang\r\n")
    assert judged_as(upload(anna, provider, content))[0][:2] == ("namn@foretag.se", "refused")


def test_one_x_away_is_said_and_what_was_pasted_is_kept(anna, provider, world):
    world.faults.add("onex", "extensions", times=None, status=503)
    answer = paste(anna, provider, BERTIL)
    assert answer.status_code == 503
    assert "One X svarar inte just nu, så listan kan inte jämföras med era abonnemang." in words(answer)
    assert f"{BERTIL}</textarea>" in answer.content.decode()


# Whose it is


def test_a_list_is_of_use_to_the_session_and_instance_it_was_made_in_alone(
    anna, provider, world, tmp_path, signed_in
):
    key = paste(anna, provider, BERTIL).context["draft"].key
    other = add_provider(world, tmp_path, name="Exchange Malmö")
    for client, place in ((anna, other), (signed_in("anna"), provider)):
        answer = client.post(url(place), {"list": key}, follow=True)
        assert "Listan finns inte kvar. Ladda upp den igen." in words(answer)
        assert "Listan finns inte kvar" in words(client.get(url(place), {"list": key}, follow=True))
    assert emails() == [ANNA]


@pytest.mark.parametrize("key", ["", "x", "\0" * 32, "x" * 10_000, "../"])
def test_a_key_that_is_none_leads_back_to_the_beginning(anna, provider, key):
    assert anna.post(url(provider), {"list": key})["Location"] == url(provider)
    assert anna.get(url(provider), {"list": key}).status_code == 302


def test_a_list_is_kept_for_an_hour(anna, provider, move_to):
    key = paste(anna, provider, BERTIL).context["draft"].key
    owner = anna.session.session_key
    move_to(timezone.now() + timedelta(seconds=uploaded.KEPT - 1))
    assert uploaded.find(owner, provider, key)
    move_to(timezone.now() + timedelta(seconds=2))
    assert uploaded.find(owner, provider, key) is None


def test_a_key_is_no_way_to_sign_in(anna, provider):
    stranger = Client()
    stranger.cookies["sessionid"] = paste(anna, provider, BERTIL).context["draft"].key
    assert stranger.get(url(provider))["Location"].startswith("/logga-in/")


def test_a_stranger_finds_nothing(provider, signed_in):
    filip = signed_in("filip")
    assert [filip.get(url(provider)).status_code, filip.post(url(provider)).status_code] == [404, 404]
    huge = file(b"x" * 7_000_000)
    assert filip.post(url(provider), huge).status_code == 404


def test_a_form_from_elsewhere_is_refused(provider, world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rights.sign_in("anna", timezone.now()))
    assert client.post(url(provider), {"pasted": BERTIL}).status_code == 403
