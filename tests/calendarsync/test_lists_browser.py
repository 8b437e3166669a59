"""Marking, importing and exporting in a real browser: every size and colour, with and without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from calendarsync.models import SyncedUser

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
    """Anna of Contoso at a list of 62; what the browser complains of is kept in `said`."""
    # The live server speaks plain HTTP.
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"
    SyncedUser.objects.bulk_create(
        SyncedUser(
            company=office.provider.company,
            provider=office.provider,
            name=f"Nomen {n:02} Nescio-Långtefternamn",
            email=f"nomen.nescio.{n:02}@contoso.test",
            extension=f"e{n}",
        )
        for n in range(60)
    )
    session = signed_in("anna").cookies["sessionid"].value
    names = {"sessionid": session, "django_language": "en"}
    page.context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in names.items()])
    page.said = []
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.list = live_server.url + reverse("calendarsync:user-list", args=[office.provider.pk])
    page.goto(page.list)
    yield page
    page.close()


def judged(window):
    for width, scheme in LOOKS:
        window.set_viewport_size({"width": width, "height": 800})
        window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert window.evaluate(SIDEWAYS) <= 0, width
        found = Axe().run(window)
        assert found.violations_count == 0, found.generate_report()
    assert window.said == []


def button(window, name):
    return window.locator("main").get_by_role("button", name=name, exact=True)


def test_a_list_with_marks_fits_and_is_accessible(window):
    expect(window.locator(".bulk")).to_be_hidden()
    window.get_by_label("Mark Anna Berg").check()
    expect(window.locator(".bulk")).to_be_visible()
    judged(window)


def test_nothing_that_has_focus_is_covered_by_what_is_done_with_the_marks(window):
    window.get_by_label("Mark Anna Berg").check()
    window.set_viewport_size({"width": 390, "height": 600})
    covered = """() => { const bar = document.querySelector(".bulk").getBoundingClientRect();
      const at = document.activeElement.getBoundingClientRect();
      return !document.activeElement.closest(".bulk, .pager, footer") && at.bottom > bar.top && at.top < bar.bottom }"""
    for _ in range(60):
        window.keyboard.press("Tab")
        assert not window.evaluate(covered), window.evaluate("document.activeElement.outerHTML")


def test_everybody_is_marked_without_leaving_the_page_and_comes_back_by_undo(window, office):
    window.get_by_role("link", name="Mark all on the page").click()
    window.get_by_role("link", name="Mark all 62").click()
    expect(window.get_by_text("All 62 are marked.")).to_be_visible()
    judged(window)
    button(window, "Inactivate").click()
    expect(window.get_by_role("heading", name="Inactivate 62 users?")).to_be_visible()
    judged(window)
    button(window, "Inactivate").click()
    expect(window.get_by_text("62 users were inactivated.")).to_be_visible()
    assert office.provider.users.filter(active=True).count() == 0
    judged(window)
    button(window, "Undo").click()
    expect(window.get_by_text("62 users were activated.")).to_be_visible()
    assert office.provider.users.filter(active=True).count() == 62


def test_an_import_fits_and_is_accessible_from_the_file_to_the_end(window, office):
    window.get_by_role("link", name="Import list").click()
    judged(window)
    file = {"name": "lista.csv", "mimeType": "text/csv"}
    window.set_input_files("#id_file", {**file, "buffer": b"e-post\ncecilia@contoso.test\n"})
    button(window, "Preview").click()
    expect(window.get_by_text("1 is added")).to_be_visible()
    window.get_by_label("Remove").check()
    judged(window)
    button(window, "Import 1 user").click()
    expect(window.get_by_text("62 users are not in the list.")).to_be_visible()
    judged(window)
    button(window, "Import and remove 62 users").click()
    expect(window.get_by_role("heading", name="The import is done")).to_be_visible()
    judged(window)
    assert [user.extension for user in office.provider.users.listed()] == ["cecilia"]


def test_a_list_with_long_and_hostile_rows_fits(window):
    window.get_by_role("link", name="Import list").click()
    window.get_by_label("Or paste the list").fill(
        "\n".join(["x" * 10_000, "<b>@x.test", "anna\u202e@contoso.test", "nobody.at.all@contoso.test"])
    )
    button(window, "Preview").click()
    expect(window.get_by_text("Nobody in your One X has the address nobody.at.all")).to_be_visible()
    judged(window)


def test_without_scripts_everything_can_be_reached(window, browser, office):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(window.context.cookies())
    page = context.new_page()
    page.goto(window.list)
    page.get_by_label("Mark Anna Berg").check()
    page.get_by_label("Mark Bertil Åström").check()
    button(page, "Remove").click()
    expect(page.get_by_role("heading", name="Remove 2 users?")).to_be_visible()
    button(page, "Remove").click()
    expect(page.get_by_text("2 users were removed.")).to_be_visible()
    page.get_by_role("link", name="Mark all on the page").click()
    page.get_by_role("link", name="Mark all 60").click()
    button(page, "Inactivate").click()
    expect(page.get_by_role("heading", name="Inactivate 60 users?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "users-office-365.csv"
    context.close()
