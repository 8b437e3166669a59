"""The pages around signing in, and those for when something is wrong: what they say, and what to do next."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views import defaults

from accounts.models import Company
from mss.simulators.pbx import Customer, Membership

from ..pages.strict import assert_strict

pytestmark = pytest.mark.django_db


def words(answer):
    return unescape(answer.content.decode())


@pytest.fixture
def nobody():
    """A browser in which nobody is signed in."""
    return Client(raise_request_exception=False)


@pytest.fixture
def several(world):
    """Anna administers Glasmästeri too."""
    world.pbx.customers["glas"] = Customer("glas", "Glasmästeri & Åkeri <script> AB", "556000-0003")
    world.pbx.persons["anna"].memberships.append(Membership("glas", True, "anna"))


def test_sign_in_is_a_link_that_keeps_where_somebody_was_going(nobody):
    answer = nobody.get("/logga-in/", {"next": "/kalendersynk/1/synkregler/?a=1&b=2"})
    assert answer.status_code == 200
    assert "<h1>Logga in i Microsoft Sync</h1>" in words(answer)
    assert "Du behöver ett One X-abonnemang och administratörsbehörighet i Mitt Företag." in words(answer)
    to = "/kalendersynk/1/synkregler/%3Fa%3D1%26b%3D2"
    link = f'<a class="btn main" href="/start/?next={to}">Logga in med Telenor ID</a>'
    assert link in words(answer)
    assert_strict(answer)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "/logga-in/?ended=1",
            "Du har loggats ut eftersom du varit inaktiv. Logga in igen så kommer du tillbaka",
        ),
        ("/utloggad/", "Du har loggat ut."),
        ("/logga-in/avbruten/", "Inloggningen avbröts. Ingenting har ändrats."),
    ],
)
def test_the_sign_in_page_says_why_somebody_is_there(nobody, address, sentence):
    assert sentence in words(nobody.get(address))
    assert sentence not in words(nobody.get("/logga-in/"))


@pytest.mark.parametrize(
    ("address", "status", "heading", "button"),
    [
        ("/logga-in/saknar-behorighet/", 403, "Du saknar behörighet", 'href="/start/?other=1">Byt konto'),
        ("/logga-in/misslyckades/", 401, "Inloggningen blev inte klar", 'href="/start/">Börja om'),
        (
            "/logga-in/one-x-svarar-inte/?next=/instrumentpanel/",
            503,
            "One X svarar inte just nu",
            'href="/start/?next=/instrumentpanel/">Försök igen',
        ),
        ("/finns-inte/", 404, "Sidan finns inte", 'href="/">Till Kalendersynk'),
    ],
)
def test_what_went_wrong_says_what_to_do(nobody, address, status, heading, button):
    answer = nobody.get(address)
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in words(answer)
    assert f"<title>{heading} – Microsoft Sync</title>" in words(answer)
    assert button in words(answer)
    assert_strict(answer)


def test_telenor_id_away_is_said_and_the_way_kept(nobody, world):
    cache.clear()  # what Telenor ID said of itself is kept
    world.faults.add("telenor-id", status=503, times=None)
    answer = nobody.get("/start/?next=/instrumentpanel/")
    assert answer.status_code == 503
    assert "<h1>Telenor ID svarar inte just nu</h1>" in words(answer)
    assert 'href="/start/?next=/instrumentpanel/">Försök igen' in words(answer)
    assert_strict(answer)


def test_one_company_of_several_is_chosen_by_a_button(signed_in, several):
    browser = signed_in("anna")
    page = browser.get("/foretag/?next=/instrumentpanel/")
    assert "<h1>Välj företag</h1>" in words(page)
    assert "556000-0003" in words(page)
    assert "&lt;script&gt;" in page.content.decode()
    assert_strict(page)
    glas = Company.objects.get(customer="glas")
    answer = browser.post("/foretag/", {"company": glas.pk, "next": "/instrumentpanel/"}, follow=True)
    assert answer.redirect_chain == [("/instrumentpanel/", 302)]
    assert "Anna Berg · Glasmästeri & Åkeri <script> AB" in words(answer)
    assert ">Byt företag</a>" in words(answer)
    assert_strict(answer)


def test_who_has_one_company_is_not_asked_to_change_it(signed_in):
    answer = signed_in("anna").get("/kalendersynk/")
    assert "Anna Berg · Contoso AB" in words(answer)
    assert "Byt företag" not in words(answer)
    assert ">Logga ut</button>" in words(answer)


def test_a_form_sent_after_the_session_ended_is_listed_with_the_way_back(nobody):
    answer = nobody.post("/kalendersynk/ny/", {"name": "Office <365>", "password": "hemligt"})
    assert answer.status_code == 403
    assert "<h1>Du har loggats ut</h1>" in words(answer)
    assert "Det du skrev" in words(answer)
    assert "<dt>name</dt><dd>Office &lt;365&gt;</dd>" in answer.content.decode()
    assert "hemligt" not in words(answer)
    assert 'href="/start/?next=/kalendersynk/ny/"' in words(answer)
    assert_strict(answer)


def test_a_form_of_an_old_page_is_listed_and_the_page_can_be_opened_again(signed_in):
    browser = signed_in("anna")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    answer = strict.post("/kalendersynk/ny/", {"name": "Office 365"})
    assert answer.status_code == 403
    assert "<h1>Sidan var för gammal</h1>" in words(answer)
    assert "<dt>name</dt><dd>Office 365</dd>" in words(answer)
    assert 'href="/kalendersynk/ny/">Öppna sidan igen' in words(answer)
    assert_strict(answer)


def test_while_one_x_cannot_confirm_rights_pages_are_read_and_nothing_is_changed(signed_in, world):
    browser = signed_in("anna")
    world.faults.add("onex", status=503, times=None)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        page = browser.get("/kalendersynk/")
        assert page.status_code == 200
        assert "One X svarar inte just nu. Du kan läsa men inte ändra." in words(page)
        assert_strict(page)
        answer = browser.post("/kalendersynk/ny/", {"kind": "exchange_online", "name": "Office 365"})
    assert answer.status_code == 503
    assert "Ingenting har ändrats." in words(answer)
    assert "<dd>Office 365</dd>" in words(answer)
    assert not Company.objects.get().providers.exists()
    assert_strict(answer)


def test_pages_are_swedish_whatever_the_browser_prefers_and_english_by_choice(nobody):
    page = nobody.get("/logga-in/", headers={"accept-language": "en"})
    assert '<html lang="sv">' in words(page)
    assert 'lang="en">English</button>' in words(page)
    answer = nobody.post("/sprak/", {"language": "en", "next": "/logga-in/"}, follow=True)
    assert '<html lang="en">' in words(answer)
    assert "<h1>Sign in to Microsoft Sync</h1>" in words(answer)
    assert 'lang="sv">Svenska</button>' in words(answer)


def test_help_is_at_the_foot_of_each_page(nobody, signed_in, settings):
    settings.SUPPORT_PHONE = "020-22 44 44"
    for page in (
        nobody.get("/logga-in/"),
        nobody.get("/finns-inte/"),
        signed_in("anna").get("/kalendersynk/"),
    ):
        foot = words(page).partition("<footer")[2]
        assert "<summary>Hjälp</summary>" in foot
        assert 'href="tel:020-224444">020-22 44 44</a>' in foot


def test_the_bar_of_one_x_leads_to_its_other_programs(nobody, settings):
    settings.ONEX_BAR_LINKS = {"Wallboard": "https://wallboard.test/"}
    settings.ONEX_WEB_URL = "https://onex.test"
    page = words(nobody.get("/logga-in/"))
    bar = page.partition('aria-label="One X"')[2].partition("</nav>")[0]
    names = ["Telefonist", "One X", "One X Statistics", "Wallboard", "Microsoft Sync"]
    assert [bar.index(f">{name}</a>") for name in names] == sorted(
        bar.index(f">{name}</a>") for name in names
    )
    assert '<a href="https://wallboard.test/">Wallboard</a>' in bar
    assert '<a href="https://onex.test">Telefonist</a>' in bar


@pytest.mark.parametrize(
    ("view", "heading"),
    [
        (defaults.server_error, "Något gick fel hos oss"),
        (lambda request: defaults.bad_request(request, None), "Begäran gick inte att förstå"),
        (lambda request: defaults.permission_denied(request, Exception()), "Du har inte tillgång till sidan"),
    ],
    ids=["500", "400", "403"],
)
def test_pages_for_errors_need_neither_session_nor_database(view, heading, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = view(RequestFactory().get("/"))
    assert f"<h1>{heading}</h1>" in words(answer)
    assert '<html lang="sv">' in words(answer)
    answer.headers["Content-Security-Policy"] = "default-src 'none'"  # the middleware's
    assert_strict(answer)
