"""One user's pages in a real browser: every size and colour, without scripts, and a trial that follows by itself."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .userpage import url

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [(1280, "light"), (390, "dark"), (320, "light")]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session", autouse=True)
def _database_beside_the_browsers_loop():
    """Playwright keeps a loop in this thread, where Django would refuse to touch the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def window(page, live_server, settings, signed_in, office):
    """Anna of Contoso at the portal; what the browser complains of is kept in `said`."""
    # The live server speaks plain HTTP.
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"
    session = signed_in("anna").cookies["sessionid"].value
    names = {"sessionid": session, "django_language": "en"}
    page.context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in names.items()])
    page.said = []
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.detail = live_server.url + url(office)
    yield page
    page.close()


@pytest.fixture
def busy(office):
    """A day with everything: confirmed, refused, waiting, not synchronised, private, at once, and all day."""
    for n in range(5):
        office.book(
            "09:00", f"1{n}:30", subject="En rubrik som är så lång att den inte får plats på en rad " * 2
        )
    office.book("13:00", "14:00", "oof")
    del office.world.pbx.reasons["away"]
    office.sync()
    office.book("15:00", "15:15", "tentative")
    office.book("16:00", "16:30", sensitivity="private")
    office.book("22:30", "23:30")
    return office


def judged(window, width, scheme):
    window.set_viewport_size({"width": width, "height": 800})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert window.evaluate(SIDEWAYS) <= 0, width
    found = Axe().run(window)
    assert found.violations_count == 0, found.generate_report()


def test_a_full_day_fits_and_is_accessible(window, busy):
    window.goto(window.detail)
    for each in LOOKS:
        judged(window, *each)
    assert window.said == []


def test_a_trial_fits_and_is_accessible(window, busy):
    window.goto(window.detail)
    window.get_by_role("button", name="Test without writing to One X").click()
    window.get_by_text("Details for support").click()
    for each in LOOKS:
        judged(window, *each)
    assert window.said == []


def test_every_bar_is_drawn_inside_the_picture_at_every_width(window, busy):
    window.goto(window.detail)
    for width, _ in LOOKS:
        window.set_viewport_size({"width": width, "height": 800})
        outside = window.evaluate(
            """() => { const whole = document.querySelector(".tl").getBoundingClientRect();
            return [...document.querySelectorAll(".tl svg rect")].map((each) => each.getBoundingClientRect())
              .filter((each) => each.left < whole.left - 1 || each.right > whole.right + 1 || each.width < 1
                || each.bottom > whole.bottom + 1).length }"""
        )
        assert outside == 0, width


def test_a_trial_follows_by_itself_and_then_is_quiet(window, office):
    office.book("09:00", "10:00")
    window.goto(window.detail)
    window.get_by_role("button", name="Test the sync now").click()
    expect(window.get_by_text("Under way")).to_have_count(1)
    office.sync()
    expect(window.get_by_text("Everything is right")).to_be_visible(timeout=15_000)
    expect(window.locator("#trial")).to_have_count(1)
    assert window.locator("#trial").get_attribute("hx-get") is None
    assert window.said == []


def test_without_scripts_everything_can_be_reached(window, browser, busy):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(window.context.cookies())
    page = context.new_page()
    page.goto(window.detail)
    page.get_by_role("link", name="Next day").click()
    expect(page.get_by_role("heading", name="Thursday 13 May 2027")).to_be_visible()
    page.get_by_label("At", exact=True).fill("10:30")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The call arrives. One X shows no absence.")).to_be_visible()
    page.get_by_role("button", name="Test the sync now").click()
    busy.sync()
    page.get_by_role("link", name="Update now").click()
    expect(page.get_by_text("Rules applied")).to_be_visible()
    expect(page.get_by_text("Update now")).to_have_count(0)
    context.close()
