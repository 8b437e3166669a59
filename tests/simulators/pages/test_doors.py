"""The three doors to Microsoft Sync, behind Telenor ID: who sees what, and that rights are those of the moment."""

import re

import pytest

from mss.simulators.pbx import Customer
from mss.simulators.telenor_id import people
from mss.simulators.telephony import Membership

from .conftest import Page, Player
from .test_signin import join

START = "http://localhost:8000/start/"
DOORS = ("/mittforetag/", "/mittabonnemang/", "/onex/", "/onex/telefonist/")


@pytest.fixture
def visitor(anna: Player) -> Player:
    """Anna administers Contoso and Fabrikam, Bo works at Contoso, Olle has no subscription."""
    anna.world.pbx.customers["fabrikam"] = Customer("fabrikam", "Fabrikam AB", "559900-2009")
    join(
        anna.world, "anna", "Anna Berg", Membership("contoso", True, "x100001"), Membership("fabrikam", True)
    )
    join(anna.world, "bo", "Bo Ek", Membership("contoso", False))
    join(anna.world, "olle", "Olle Ny")
    return anna


def at(visitor: Player, person: str, path: str) -> Page:
    """The page as this person sees it."""
    visitor.client.post("/telenor-id/logga-in", data={"person": person})
    page = visitor.get(path)
    assert page.status == 200
    return page


def links(page: Page) -> dict[str, str]:
    """Where the words of a link lead."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page.html, re.DOTALL)
    return {" ".join(re.sub("<[^>]*>", "", words).split()): href for href, words in found}


@pytest.mark.parametrize("path", DOORS)
def test_who_is_not_signed_in_goes_through_telenor_id_and_comes_back(visitor: Player, path: str) -> None:
    page = visitor.get(path)
    assert (page.status, "Anna" in page.html) == (303, False)
    answer = visitor.client.post(page.answer.location, data={"person": "anna"})
    assert (answer.status_code, answer.location) == (303, path)


@pytest.mark.parametrize("path", DOORS)
def test_every_door_says_who_came_and_how_to_be_another(visitor: Player, path: str) -> None:
    page = at(visitor, "bo", path)
    who = "Inloggad med Telenor ID som Bo Ek · Anställd på Contoso AB, inte administratör Byt konto Logga ut"
    assert who in page.text
    assert links(page)["Byt konto"].startswith("/telenor-id/logga-in?next=%2F")


def test_every_page_leads_to_the_doors(visitor: Player) -> None:
    shown = links(visitor.get("/ring/"))
    assert [shown[each] for each in ("Mitt Företag", "Mitt abonnemang", "One X")] == [*DOORS[:3]]


def test_mitt_foretag_leads_an_administrator_to_microsoft_sync(visitor: Player) -> None:
    page = at(visitor, "anna", "/mittforetag/")
    assert links(page)["Microsoft Sync Services – logga in"] == START
    assert "Contoso AB Organisationsnummer 556677-8899" in page.text
    assert "Fabrikam AB Organisationsnummer 559900-2009" in page.text


@pytest.mark.parametrize("person", ["bo", "olle"])
def test_mitt_foretag_has_nothing_for_anybody_else(visitor: Player, person: str) -> None:
    page = at(visitor, person, "/mittforetag/")
    assert "Du har inte administratörsbehörighet i Mitt Företag." in page.text
    assert START not in page.html


def test_rights_are_those_of_the_moment(visitor: Player) -> None:
    assert START in at(visitor, "anna", "/mittforetag/").html
    for customer in ("contoso", "fabrikam"):
        people.set_administrator(visitor.world, "anna", customer, False)
    assert START not in visitor.get("/mittforetag/").html
    people.end_subscription(visitor.world, "anna")
    assert "Du har inget One X-abonnemang." in visitor.get("/onex/").text


def test_mitt_abonnemang_shows_ones_own_and_leads_to_one_x(visitor: Player) -> None:
    page = at(visitor, "anna", "/mittabonnemang/")
    words = "Anna Berg Nummer 010-410 00 01 Företag Contoso AB Tjänster One X växel, Hänvisningstjänst"
    assert words in page.text
    assert links(page)["Gå till One X växel"] == "/onex/"
    assert page.text.count("Nummer") == 1


def test_mitt_abonnemang_says_when_there_is_none(visitor: Player) -> None:
    page = at(visitor, "olle", "/mittabonnemang/")
    assert "Du har inget One X-abonnemang." in page.text
    assert "Gå till One X växel" not in page.text


def test_one_x_has_the_bar_that_leads_to_microsoft_sync(visitor: Player) -> None:
    page = at(visitor, "bo", "/onex/")
    bar = re.search(r'<nav [^>]*aria-label="One X">(.*?)</nav>', page.html, re.DOTALL)
    assert bar
    items = re.findall(r'<a href="([^"]*)"( aria-current="page")?>([^<]*)</a>', bar[1])
    assert items == [
        ("/onex/telefonist/", "", "Telefonist"),
        ("/onex/", ' aria-current="page"', "One X"),
        ("/onex/statistik/", "", "One X Statistics"),
        ("/onex/wallboard/", "", "Wallboard"),
        (START, "", "Microsoft Sync"),
    ]


def test_one_x_leads_to_the_directories_and_ones_own_card(visitor: Player) -> None:
    shown = links(at(visitor, "anna", "/onex/"))
    assert (shown["Contoso AB"], shown["Fabrikam AB"]) == (
        "/telefonboken/contoso/",
        "/telefonboken/fabrikam/",
    )
    assert visitor.get(shown["Ditt eget kort"]).text.count("Anna Berg") > 0
    assert "Fabrikam AB" not in links(at(visitor, "bo", "/onex/"))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/onex/telefonist/", "Telefonist"),
        ("/onex/statistik/", "One X Statistics"),
        ("/onex/wallboard/", "Wallboard"),
    ],
)
def test_the_other_places_say_what_the_real_ones_are(visitor: Player, path: str, title: str) -> None:
    page = at(visitor, "bo", path)
    assert f"<h1>{title}</h1>" in page.html
    assert f'<a href="{path}" aria-current="page">{title}</a>' in page.html
    assert "I den simulerade världen finns bara dörren." in page.text


def test_a_place_that_is_not_there_is_not_found(visitor: Player) -> None:
    at(visitor, "bo", "/onex/")
    assert visitor.get("/onex/x/").status == 404
