"""The page of Telenor ID: whom one can be, what each may, and where one comes from there."""

import re

import pytest
from werkzeug.test import Client

from mss.simulators.pages import application
from mss.simulators.telephony import Customer, Membership, TelenorPerson
from mss.simulators.world import World

from .conftest import Page, Player, enrol

ASKED = (
    "/telenor-id/authorize?client_id=microsoft-sync&response_type=code&scope=openid&code_challenge_method=S256"
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&state=%3Cb%3E%22%26"
    "&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Faccounts%2Foidc%2Ftelenor-id%2Flogin%2Fcallback%2F"
)


def join(world: World, ident: str, name: str, *memberships: Membership) -> None:
    """Somebody gets a Telenor ID."""
    person = TelenorPerson(ident, name, f"{ident}@contoso.test", "sv", list(memberships))
    (world.pbx.persons if memberships else world.telenor_id.others)[ident] = person


def people(page: Page) -> list[str]:
    return re.findall(r'name="person" value="([^"]*)"', page.html)


@pytest.fixture
def visitor(anna: Player) -> Player:
    """At Contoso, where Anna is an administrator, and Bo and Åke are not; Olle has no subscription."""
    join(anna.world, "bo", "Bo Ek", Membership("contoso", False))
    join(anna.world, "olle", "Olle Ny")
    join(anna.world, "ake", "Åke Alm", Membership("contoso", False))
    join(anna.world, "anna", "Anna Berg", Membership("contoso", True, "x100001"))
    return anna


def test_it_says_who_wants_to_know_and_offers_everybody(visitor: Player) -> None:
    page = visitor.get(ASKED)
    assert "Logga in med Telenor ID Microsoft Sync vill veta vem du är." in page.text
    assert people(page) == ["anna", "olle", "bo", "ake"]


def test_each_has_a_line_that_says_what_they_may(visitor: Player) -> None:
    world = visitor.world
    world.pbx.customers["fabrikam"] = Customer("fabrikam", "Fabrikam AB", "559900-2009")
    rights = Membership("contoso", True), Membership("fabrikam", True)
    join(world, "karin", "Karin Nyström", *rights)
    join(world, "ulf", "Ulf Dahl", Membership("contoso", False), Membership("fabrikam", True))
    text = visitor.get(ASKED).part("pick")
    assert "Karin Nyström karin@contoso.test Administratör för Contoso AB och Fabrikam AB" in text
    assert "Ulf Dahl ulf@contoso.test Administratör för Fabrikam AB, anställd på Contoso AB" in text
    assert "Bo Ek bo@contoso.test Anställd på Contoso AB, inte administratör" in text
    assert "Olle Ny olle@contoso.test Inget One X-abonnemang" in text


def test_a_few_need_no_search_and_many_do(visitor: Player) -> None:
    assert 'type="search"' not in visitor.get(ASKED).html
    for number in range(5):
        join(visitor.world, f"ny{number}", f"Ny {number}", Membership("contoso", False))
    page = visitor.get(ASKED)
    assert 'type="search"' in page.html
    assert "Bara de" not in page.text


def test_of_very_many_the_first_are_shown_and_the_others_found(visitor: Player) -> None:
    for number in range(30):
        join(visitor.world, f"ny{number:02}", f"Ny {number:02}", Membership("contoso", False))
    page = visitor.get(ASKED)
    assert (len(people(page)), "Bara de 24 första visas." in page.text) == (24, True)
    assert people(visitor.get(f"{ASKED}&q=NY+29")) == ["ny29"]
    assert people(visitor.get(f"{ASKED}&q=ny29@contoso")) == ["ny29"]
    assert "Ingen med Telenor ID matchar ”xyz”" in visitor.get(f"{ASKED}&q=xyz").text


def test_a_search_loses_nothing_of_the_question(visitor: Player) -> None:
    for number in range(9):
        join(visitor.world, f"ny{number}", f"Ny {number}", Membership("contoso", False))
    hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', visitor.get(f"{ASKED}&q=ny8").html)
    assert dict(hidden)["state"] == "&lt;b&gt;&quot;&amp;"
    assert {name for name, _ in hidden} == set(re.findall(r"[?&](\w+)=", ASKED))


def test_the_answer_may_leave_for_the_product_and_nowhere_else(visitor: Player) -> None:
    policy = visitor.get(ASKED).answer.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:8000;" in policy
    policy = visitor.get("/telenor-id/logga-in").answer.headers["Content-Security-Policy"]
    assert "form-action 'self';" in policy


def test_a_service_that_is_not_registered_is_told_to_the_person(visitor: Player) -> None:
    page = visitor.get(ASKED.replace("client_id=microsoft-sync", "client_id=x"))
    assert page.status == 400
    assert "Det går inte att logga in Tjänsten som skickade dig hit är inte registrerad" in page.text


def test_one_can_sign_in_without_a_service_and_out_again(visitor: Player) -> None:
    page = visitor.get("/telenor-id/logga-in?next=/mittabonnemang/")
    assert "Microsoft Sync vill veta" not in page.text
    answer = visitor.client.post("/telenor-id/logga-in?next=/mittabonnemang/", data={"person": "anna"})
    assert (answer.status_code, answer.location) == (303, "/mittabonnemang/")
    assert visitor.get("/mittabonnemang/").status == 200
    assert "Du är utloggad från Telenor ID" in visitor.get("/telenor-id/logga-ut").text
    assert visitor.get("/mittabonnemang/").status == 303


def test_who_cancels_comes_to_the_play_page_and_is_not_signed_in(visitor: Player) -> None:
    answer = visitor.client.post("/telenor-id/logga-in?next=/onex/", data={"cancel": "1"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.get("/onex/").status == 303


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test",
        "javascript:alert(1)",
        "/a%0d%0ab",
        "",
    ],
)
def test_it_never_leads_to_another_site(visitor: Player, target: str) -> None:
    answer = visitor.client.post(f"/telenor-id/logga-in?next={target}", data={"person": "anna"})
    assert (answer.status_code, answer.location) == (303, "/onex/")


def test_an_account_that_is_gone_is_not_signed_in(visitor: Player) -> None:
    visitor.client.post("/telenor-id/logga-in", data={"person": "olle"})
    assert visitor.get("/onex/").status == 200
    del visitor.world.telenor_id.others["olle"]
    assert visitor.get("/onex/").status == 303


def test_a_world_without_people_has_nobody_to_pick(world: World) -> None:
    enrol(world, "Anna Berg", 1)
    page = Page(Client(application(world)).get("/telenor-id/logga-in"))
    assert (page.status, people(page), "Avbryt" in page.text) == (200, [], True)
