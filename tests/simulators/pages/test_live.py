"""Two windows on the same person: what is done in one is seen in the other, and nothing typed there is lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mss.simulators.pages import application
from mss.simulators.server import serve
from mss.simulators.world import Event

from .conftest import NOW, Player


@pytest.fixture
def booked(anna: Player) -> Event:
    return anna.world.book(anna.person.id, "Budget", NOW - timedelta(hours=1), NOW + timedelta(hours=1))


@pytest.fixture
def window(anna: Player, booked: Event, page: Page) -> Iterator[Page]:
    """At the play page, with a subject half typed in the booking form and the one booking open."""
    served = serve(anna.world, pages=application(anna.world))
    page.goto(f"{served.urls['pages']}/?person={anna.person.email}")
    page.locator("#book-subject").fill("Halvskr")
    page.locator("[data-event] summary").click()
    yield page
    page.close()
    served.stop()


def test_the_list_follows_another_window(anna: Player, booked: Event, window: Page) -> None:
    anna.press("meeting-now")
    expect(window.locator("[data-event] .title")).to_have_text(["Budget", "Möte"])
    expect(window.locator("[data-event] details[open] .title")).to_have_text(["Budget"])
    anna.press("delete", event=booked.id)
    expect(window.locator("[data-event] .title")).to_have_text(["Möte"])
    expect(window.locator("#book-subject")).to_have_value("Halvskr")


def test_a_row_in_use_is_left_alone_until_the_person_asks(anna: Player, window: Page) -> None:
    end = window.get_by_label("Slut", exact=True).last
    end.fill("15")
    anna.press("meeting-now")
    expect(window.locator("#stale")).to_have_text("Bokningarna har ändrats. Läs in igen.")
    expect(end).to_have_value("15")
    expect(window.locator("[data-event] .title")).to_have_text(["Budget"])
    window.get_by_role("link", name="Läs in igen.").click()
    expect(window.locator("[data-event] .title")).to_have_text(["Budget", "Möte"])
    expect(window.locator("#stale")).to_be_hidden()
    expect(window.locator("#book-subject")).to_have_value("Halvskr")


def test_a_call_follows_what_one_x_holds(anna: Player, window: Page) -> None:
    window.goto(f"{window.url.partition('?')[0]}ring/?number=anna")
    expect(window.locator("#sentence")).to_have_text("Anna Berg svarar.")
    anna.hold(forwarding="announcement")
    expect(window.locator("#sentence")).to_have_text("Anna Berg är på möte och är åter klockan 11:10.")
    expect(window.locator("#call")).to_have_attribute("data-answered", "announcement")
