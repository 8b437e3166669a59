"""The pages in a real browser: every size and colour, by keyboard, under the CSP, and with the world turning."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from calendarsync import providers
from calendarsync.models import Provider

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    "/kalendersynk/",
    "/kalendersynk/ny/",
    "/kalendersynk/{pk}/ta-bort/",
    "/instrumentpanel/",
    "/finns-inte/",
]
OPEN = [
    "/logga-in/",
    "/logga-in/saknar-behorighet/",
    "/logga-in/misslyckades/",
    "/logga-in/one-x-svarar-inte/",
]
LOOKS = [(1280, "light"), (390, "dark"), (320, "light")]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session", autouse=True)
def _database_beside_the_browsers_loop() -> Iterator[None]:
    """Playwright keeps a loop in this thread, where Django would refuse to touch the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def window(page: Page, live_server, settings) -> Iterator[Page]:
    """A browser at the portal; what it complains of is kept in `said`."""
    said: list[str] = []
    # The live server speaks plain HTTP.
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"
    page.emulate_media(reduced_motion="reduce")
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.live, page.said = live_server.url, said
    yield page
    page.close()


@pytest.fixture
def anna(window, signed_in, world) -> Page:
    """Signed in, with an instance that does not sync and one with a long name."""
    client = signed_in("anna")
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": window.live}
    window.context.add_cookies([session])
    company = providers.company("contoso")
    tenant = next(iter(world.tenants))
    for name in ("Office 365", "Åkeriernas gemensamma klientorganisation i Norrköping AB (6)"):
        providers.create(
            company, providers.template([]), kind="exchange_online", name=name, tenant=tenant, active=True
        )
    Provider.objects.filter(name="Office 365").update(trouble="consent_revoked")
    return window


def open_page(window, address):
    pk = Provider.objects.order_by("pk").values_list("pk", flat=True).first()
    window.goto(window.live + address.format(pk=pk))


def look(window, width=1280, scheme="light"):
    """No sideways scroll, and nothing axe objects to."""
    window.set_viewport_size({"width": width, "height": 800})
    window.emulate_media(color_scheme=scheme)
    assert window.evaluate(SIDEWAYS) <= 0, width
    found = Axe().run(window, options={"runOnly": TAGS})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_the_portal_fits_and_is_accessible(anna, address):
    open_page(anna, address)
    for each in LOOKS:
        look(anna, *each)
    assert [each for each in anna.said if "404" not in each] == []


@pytest.mark.parametrize("address", OPEN)
def test_a_page_around_sign_in_fits_and_is_accessible(window, world, address):
    window.goto(window.live + address)
    for each in LOOKS:
        look(window, *each)
    assert [each for each in window.said if "status of" not in each] == []


def test_the_first_key_leads_past_the_bars(anna):
    open_page(anna, "/kalendersynk/")
    anna.keyboard.press("Tab")
    expect(anna.get_by_role("link", name="Hoppa till innehållet")).to_be_focused()
    anna.keyboard.press("Enter")
    expect(anna.locator("#main")).to_be_focused()


def test_what_is_wrong_has_the_focus_and_leads_to_the_field(anna):
    open_page(anna, "/kalendersynk/ny/")
    anna.get_by_label("Namn").fill("")
    anna.get_by_role("button", name="Fortsätt").click()
    expect(anna.locator("#errors")).to_be_focused()
    look(anna)
    anna.get_by_role("link", name="Namn: ange ett namn.").click()
    expect(anna.get_by_label("Namn")).to_be_focused()


def test_a_proposed_name_follows_the_type_and_a_typed_one_stays(anna):
    open_page(anna, "/kalendersynk/ny/")
    name = anna.get_by_label("Namn")
    expect(name).to_have_value("Office 365")
    anna.get_by_text("Exchange On-Premises").click()
    expect(name).to_have_value("Exchange")
    name.fill("Malmö")
    anna.get_by_text("Exchange Online").click()
    expect(name).to_have_value("Malmö")


def test_the_dashboard_brings_news_by_itself_and_keeps_the_focus(anna):
    anna.clock.install()
    open_page(anna, "/instrumentpanel/")
    link = anna.get_by_role("heading", name="Office 365").get_by_role("link")
    link.focus()
    expect(anna.locator(".note.bad")).to_have_count(1)
    Provider.objects.update(trouble="")
    with anna.expect_request(lambda request: request.headers.get("x-refresh") == "auto"):
        anna.clock.fast_forward(31_000)
    anna.clock.resume()
    expect(anna.locator(".note.bad")).to_have_count(0)
    expect(link).to_be_focused()
    assert anna.said == []


@pytest.mark.parametrize("address", PAGES[:4])
def test_without_scripts_a_page_is_whole(anna, browser, address):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(anna.context.cookies())
    page = context.new_page()
    page.goto(anna.live + address.format(pk=Provider.objects.earliest("pk").pk))
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("Pausa uppdateringen")).to_be_hidden()
    context.close()
