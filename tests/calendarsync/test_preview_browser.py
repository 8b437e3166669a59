"""The preview in a real browser: it follows the form by itself, keeps the focus, fits, and works without scripts."""

import pytest
from playwright.sync_api import expect

from ..pages.test_browser import (  # noqa: F401 (fixtures)
    _database_beside_the_browsers_loop,
    look,
    window,
)
from .test_rules_preview_page import HINT, busy_week, kept, office, page  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]


@pytest.fixture
def rules(window, office, signed_in):  # noqa: F811
    """Anna at *Synkregler* of an office with bookings."""
    session = signed_in("anna").cookies["sessionid"].value
    window.context.add_cookies([{"name": "sessionid", "value": session, "url": window.live}])
    busy_week(office)
    window.goto(window.live + page(office))
    return window


def test_it_follows_what_is_chosen_and_leaves_the_focus_where_it_is(rules, office):  # noqa: F811
    expect(rules.locator("#preview")).to_contain_text(HINT)
    switch = rules.locator("#tentative-sync")
    switch.focus()
    rules.keyboard.press("Space")
    expect(rules.get_by_role("heading", name="Så påverkas kommande bokningar")).to_be_visible()
    expect(switch).to_be_focused()
    rules.locator("#tentative-forward").select_option("announcement")
    expect(rules.locator("#preview")).to_contain_text("2 användare saknar hänvisningstjänsten.")
    rules.get_by_role("button", name="Visa exempel").click()
    expect(rules.get_by_role("heading", name="Exempel")).to_be_focused()
    expect(rules.locator("#preview tbody tr")).to_have_count(7)
    for each in LOOKS:
        look(rules, *each)
    assert kept(office.provider, "tentative")[0] is False
    assert rules.said == []


def test_saving_after_a_preview_saves_what_was_chosen(rules, office):  # noqa: F811
    rules.locator("#tentative-sync").check()
    expect(rules.locator("#preview h2")).to_be_visible()
    rules.get_by_role("button", name="Spara", exact=True).click()
    expect(rules.locator("#messages")).to_contain_text("Reglerna är sparade.")
    assert kept(office.provider, "tentative")[0] is True


@pytest.mark.parametrize("button", ["Förhandsgranska", "Visa exempel"])
def test_without_scripts_the_buttons_do_it(rules, office, browser, button):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(rules.context.cookies())
    plain = context.new_page()
    plain.goto(rules.live + page(office))
    plain.locator("#tentative-sync").check()
    plain.get_by_role("button", name="Förhandsgranska").click()
    expect(plain.get_by_role("heading", name="Så påverkas kommande bokningar")).to_be_in_viewport()
    if button == "Visa exempel":
        plain.get_by_role("button", name=button).click()
        expect(plain.locator("#preview tbody tr")).to_have_count(7)
        expect(plain.get_by_role("heading", name="Exempel")).to_be_in_viewport()
    expect(plain.locator("#tentative-sync")).to_be_checked()
    context.close()


def test_the_dashboard_with_figures_fits_and_is_accessible(rules, office):  # noqa: F811
    office.provider.braked_at = office.user().last_synced_at
    office.provider.save()
    rules.goto(rules.live + "/instrumentpanel/")
    for each in LOOKS:
        look(rules, *each)
    rules.get_by_role("button", name="Behåll i One X").click()
    expect(rules.get_by_role("heading", name="Behålla i One X?")).to_be_visible()
    for each in LOOKS:
        look(rules, *each)
    rules.get_by_role("button", name="Behåll i One X").click()
    expect(rules.locator("#messages")).to_contain_text("Synken fortsätter.")
    assert rules.said == []
