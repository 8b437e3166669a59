"""Telenor's pages in a real browser: a person signs in and arrives, and nothing has to be scrolled sideways."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from werkzeug.wrappers import Request, Response

from mss.simulators.pages import application
from mss.simulators.server import Served, serve
from mss.simulators.telephony import Membership
from mss.simulators.world import World

from .conftest import Player
from .test_signin import join

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def product() -> Iterator[str]:
    """Another site, that only says who came."""
    served = serve(World(), pages=Request.application(lambda request: Response("framme")))
    yield served.urls["pages"]
    served.stop()


@pytest.fixture
def served(anna: Player, product: str) -> Iterator[Served]:
    """Contoso with more people than fit on a page, one of them with a long name."""
    join(anna.world, "anna", "Anna Berg", Membership("contoso", True, "x100001"))
    for number in range(30):
        join(anna.world, f"provanvandare-{number}", f"Provanvändare {number}", Membership("contoso", False))
    join(anna.world, "lang", "Wolfeschlegelsteinhausenbergerdorff-Nyström", Membership("contoso", True))
    served = serve(anna.world, pages=application(anna.world), product=product)
    yield served
    served.stop()


def authorize(served: Served) -> str:
    asked = {
        "client_id": "microsoft-sync",
        "redirect_uri": served.addresses.callback,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return f"{served.urls['pages']}/telenor-id/authorize?{urlencode(asked)}"


def test_the_policy_of_the_page_lets_the_answer_out(served: Served, page: Page) -> None:
    page.goto(authorize(served))
    page.get_by_role("button", name="Anna Berg").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(served.addresses.callback)}.*code="))
    expect(page.locator("body")).to_have_text("framme")


def test_who_cancels_arrives_too(served: Served, page: Page) -> None:
    page.goto(authorize(served))
    page.get_by_role("button", name="Avbryt").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(served.addresses.callback)}.*error=access_denied"))


def test_somebody_further_down_is_found_by_name(served: Served, page: Page) -> None:
    page.goto(authorize(served))
    page.get_by_label("Sök namn eller e-post").fill("Provanvändare 29")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Provanvändare 29").click()
    expect(page).to_have_url(re.compile("code="))


def test_a_door_leads_through_telenor_id_and_on_to_the_product(served: Served, page: Page) -> None:
    page.goto(f"{served.urls['pages']}/mittforetag/")
    page.get_by_role("button", name="Anna Berg").click()
    page.get_by_role("link", name="Microsoft Sync Services – logga in").click()
    expect(page).to_have_url(f"{served.addresses.product}/start/")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_scrolled_sideways(served: Served, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(authorize(served))
    assert page.evaluate(OVERFLOW) == 0
    page.goto(f"{served.urls['pages']}/telenor-id/logga-in?next=/onex/")
    page.get_by_role("button", name="Wolfeschlegel").click()
    for path in (
        "/onex/",
        "/onex/telefonist/",
        "/mittforetag/",
        "/mittabonnemang/",
        "/",
        "/telenor-id/logga-ut",
    ):
        page.goto(f"{served.urls['pages']}{path}")
        assert page.evaluate(OVERFLOW) == 0, path
