"""The way in, with the simulated Telenor ID: who gets a session, who a page that says why not, and no other door."""

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from mss.simulators.pbx import Membership as AtOneX
from mss.simulators.pbx import TelenorPerson

from ..simulators.signin import pick

pytestmark = pytest.mark.django_db

CALLBACK = "/accounts/oidc/telenor-id/login/callback/"


@pytest.fixture(autouse=True)
def nothing_kept(world):
    cache.clear()


def path(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def come_back(client, who, to="/kalendersynk/"):
    """The browser after Telenor ID has sent it back: the last answer, which is a page."""
    begun = client.get("/start/", {"next": to})
    return client.get(path(pick(begun["Location"], who)), follow=True)


def user_of(client):
    return client.session.get("_auth_user_id")


def test_an_administrator_is_signed_in_and_comes_to_the_page_asked_for(client):
    answer = come_back(client, "anna", "/instrumentpanel/")
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/instrumentpanel/")
    assert User.objects.get().pk == int(user_of(client))


def test_what_is_asked_of_telenor_id_is_ours_to_say_whatever_the_query_says(client):
    query = {
        "scope": "admin",
        "auth_params": "prompt=none",
        "process": "connect",
        "next": "/instrumentpanel/",
    }
    asked = parse_qs(urlsplit(client.get("/start/", query)["Location"]).query)
    assert sorted(asked["scope"][0].split()) == ["openid", "profile"]
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert "prompt" not in asked
    assert asked["redirect_uri"] == ["http://localhost:8000" + CALLBACK]


def test_another_host_header_does_not_change_where_telenor_id_sends_people(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    asked = parse_qs(urlsplit(client.get("/start/", headers={"host": "evil.test"})["Location"]).query)
    assert asked["redirect_uri"] == ["http://localhost:8000" + CALLBACK]


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test",
        "javascript:alert(1)",
        "kalendersynk/",
        "///evil.test",
        "/\t/evil.test",
        "http:///evil.test",
        " //evil.test",
        "",
    ],
)
def test_only_a_path_of_ours_is_gone_to(client, next_):
    answer = come_back(client, "anna", next_)
    assert answer.redirect_chain[0] == ("/", 302)
    assert all(urlsplit(address).netloc == "" for address, _ in answer.redirect_chain)


def test_a_path_of_ours_keeps_its_query(client):
    assert come_back(client, "anna", "/foretag/?next=/x/").redirect_chain[0][0] == "/foretag/?next=/x/"


@pytest.mark.parametrize("who", ["bertil", "disa"])
def test_who_administers_nothing_or_has_no_subscription_gets_a_page_that_says_so(client, world, who):
    world.telenor_id.others["disa"] = TelenorPerson("disa", "Disa Dahl", "disa@contoso.test")
    answer = come_back(client, who)
    assert (answer.status_code, user_of(client), User.objects.count()) == (403, None, 0)
    assert "Du saknar behörighet" in answer.text
    assert "Byt konto" in answer.text


def test_where_one_x_is_away_nobody_comes_in_and_may_try_again_to_the_same_page(client, world):
    begun = client.get("/start/", {"next": "/instrumentpanel/"})
    world.faults.add("onex", path="/v1/persons", status=503, times=None)
    answer = client.get(path(pick(begun["Location"], "anna")), follow=True)
    assert (answer.status_code, user_of(client)) == (503, None)
    assert "/start/?next=/instrumentpanel/" in answer.text
    world.faults.clear()
    assert come_back(client, "anna").status_code == 200


def test_where_telenor_id_is_away_a_page_says_so(client, world):
    world.faults.add("telenor-id", status=503, times=None)
    answer = client.get("/start/", {"next": "/instrumentpanel/"})
    assert answer.status_code == 503
    assert "/start/?next=/instrumentpanel/" in answer.text


def test_telenor_id_away_half_way_is_a_page_too(client, world):
    begun = client.get("/start/")
    back = path(pick(begun["Location"], "anna"))
    world.faults.add("telenor-id", path="token", status=500, times=None)
    answer = client.get(back, follow=True)
    assert (answer.status_code, user_of(client)) == (401, None)


def test_who_cancels_is_told_that_nothing_happened(client):
    state = parse_qs(urlsplit(client.get("/start/")["Location"]).query)["state"][0]
    answer = client.get(CALLBACK, {"error": "access_denied", "state": state}, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/logga-in/avbruten/")


def test_an_answer_used_before_or_begun_in_another_browser_signs_nobody_in(client):
    begun = client.get("/start/")
    back = path(pick(begun["Location"], "anna"))
    stranger = Client()
    assert stranger.get(back, follow=True).status_code == 401
    assert client.get(back, follow=True).status_code == 200
    client.post("/logga-ut/")
    assert client.get(back, follow=True).status_code == 401
    assert (user_of(client), user_of(stranger)) == (None, None)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=x", "?error=server_error", "?code=&state="])
def test_an_answer_nobody_asked_for_is_refused(client, query):
    answer = client.get(CALLBACK + query, follow=True)
    assert (answer.status_code, user_of(client)) == (401, None)


def test_telenor_staff_never_come_in_by_telenor_id(client):
    come_back(client, "anna")
    client.post("/logga-ut/")
    User.objects.update(is_staff=True)
    assert come_back(client, "anna").status_code == 403
    User.objects.update(is_staff=False, is_active=False)
    assert come_back(client, "anna").status_code == 403
    assert user_of(client) is None


def test_nobody_is_found_by_an_e_mail_address(client):
    User.objects.create_user("staff", email="anna@contoso.test", password="x" * 20, is_staff=True)
    come_back(client, "anna")
    assert User.objects.get(pk=user_of(client)).telenor_id == "anna"
    assert User.objects.filter(email="anna@contoso.test").count() == 2


def test_the_next_person_at_the_same_computer_has_nothing_of_the_one_before(client, world):
    world.pbx.persons["anna"].memberships.append(AtOneX("fabrikam", True))
    come_back(client, "anna", "/foretag/")
    first = client.session.session_key
    client.post("/foretag/", {"company": User.objects.get().companies.get(customer="contoso").pk})
    come_back(client, "filip")
    assert client.session.session_key != first
    assert "company" not in client.session


# In mid-session


@pytest.fixture
def later():
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield clock.shift


def test_rights_withdrawn_at_one_x_end_the_session_within_a_quarter_of_an_hour(client, world, later):
    come_back(client, "anna")
    world.pbx.persons["anna"].memberships[0].administrator = False
    assert client.get("/kalendersynk/").status_code == 200
    later(15 * 60)
    answer = client.get("/kalendersynk/", follow=True)
    assert (answer.status_code, user_of(client)) == (403, None)
    assert "Du saknar behörighet" in answer.text


def test_while_one_x_cannot_confirm_rights_pages_can_be_read_and_nothing_changed(client, world, later):
    come_back(client, "anna")
    world.faults.add("onex", status=503, times=None)
    later(15 * 60)
    assert client.get("/instrumentpanel/").status_code == 200
    answer = client.post("/kalendersynk/ny/", {"name": "Kontoret i Kiruna"})
    assert answer.status_code == 503
    assert "Kontoret i Kiruna" in answer.text
    world.faults.clear()
    assert client.get("/instrumentpanel/").status_code == 200


# Several companies


@pytest.fixture
def of_two(client, world):
    world.pbx.persons["anna"].memberships.append(AtOneX("fabrikam", True))
    return client


def test_who_administers_several_chooses_first_and_may_choose_again(of_two):
    answer = come_back(of_two, "anna", "/instrumentpanel/")
    assert "Välj företag" in answer.text
    user = User.objects.get()
    for customer, name in (("contoso", "Contoso AB"), ("fabrikam", "Fabrikam AB")):
        chosen = {"company": user.companies.get(customer=customer).pk, "next": "/instrumentpanel/"}
        answer = of_two.post("/foretag/", chosen, follow=True)
        assert (answer.request["PATH_INFO"], name in answer.text) == ("/instrumentpanel/", True)


@pytest.mark.parametrize("company", ["", "x", "-1", "0", "9" * 40, "theirs"])
def test_a_company_one_does_not_administer_is_not_found(of_two, world, company):
    from accounts.rights import keep_company

    come_back(of_two, "anna")
    theirs = keep_company("adatum", "Adatum AB", "", "Europe/Stockholm").pk
    answer = of_two.post("/foretag/", {"company": theirs if company == "theirs" else company})
    assert answer.status_code == 404
