"""What a person sees who plays with the demo: each change in Outlook, and what One X makes of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from .conftest import Control, Demo, until
from .player import WIDE, Player, today_at

TITLE = "KANARIE Budget 2027"
AVAILABLE = "Tillgänglig Ingen frånvaro just nu"
LINE = re.compile(
    r"(?P<at>\d\d:\d\d:\d\d)  (?P<who>.+?)  (?P<what>diversion|absence|cleared) (?P<reason>\w+) "
    r"(?P<when>\S+ \S+)  \((?P<why>[^;]+); (?P<seconds>\d+\.\d) s after the knock\)"
)

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "sv-SE"}


@pytest.fixture(scope="module")
def people(demo: Demo, control: Control) -> Iterator[dict[str, Any]]:
    """People with empty calendars, first the one that the terminal suggests. Each test takes one for itself."""
    suggested = httpx.URL(demo.addresses[0]).params["person"]
    ten = sorted(control.people(), key=lambda each: each["email"] != suggested)[:10]
    control.empty(*ten)
    return iter(ten)


@pytest.fixture
def player(
    demo: Demo, people: Iterator[dict[str, Any]], page: Page, request: pytest.FixtureRequest
) -> Player:
    """At the play page of somebody who is available."""
    person, test = next(people), request.node.originalname.removeprefix("test_")
    player = Player(page, demo.addresses, person["email"], person["number"], person["name"], test)
    player.open()
    expect(player.live("directory")).to_have_text(AVAILABLE)
    return player


def test_a_booking_is_seen_by_colleagues_and_heard_by_who_calls(player: Player) -> None:
    end = today_at(60)
    player.book(TITLE, today_at(0), end)
    shown = f"Hänvisning: Möte Åter {end:%H:%M} {TITLE}"
    said = f"{player.name} är på möte och är åter klockan {end:%H:%M}."
    expect(player.live("directory")).to_have_text(shown)
    expect(player.live("call")).to_have_text(said)
    player.shoot("1-spelplanen")
    line = player.look_up("diversion")
    reason, back = f"Möte · {TITLE}", f"Åter {end:%H:%M}"
    expect(line.get_by_role("cell")).to_have_text([re.compile("010-490"), "Hänvisning", reason, back])
    player.shoot("2-telefonboken")
    line.get_by_role("link").click()
    expect(player.live("directory")).to_have_text(shown)
    player.shoot("3-kort")
    player.call("announcement", said)
    player.shoot("4-ring")


def test_a_moved_booking_moves_the_return(player: Player) -> None:
    booking, end = player.book(TITLE, today_at(0), today_at(60)), today_at(90)
    player.state("diversion")
    booking.get_by_label("Slut", exact=True).fill(f"{end:%H:%M}")
    player.press(booking, "Flytta", "Bokningen är flyttad.")
    expect(player.live("directory")).to_have_text(f"Hänvisning: Möte Åter {end:%H:%M} {TITLE}")
    player.shoot("spelplanen")
    player.look_up("diversion")
    player.call("announcement", f"{player.name} är på möte och är åter klockan {end:%H:%M}.")


def test_a_booking_made_private_leaves_one_x(player: Player) -> None:
    booking = player.book(TITLE, today_at(0), today_at(60))
    player.state("diversion")
    player.press(booking, "Gör privat", "Bokningen är privat.")
    expect(player.live("directory")).to_have_text(AVAILABLE)
    player.shoot("spelplanen")
    player.look_up("available")
    player.call("person", f"{player.name} svarar.")


def test_a_booking_that_is_no_longer_private_comes_back(player: Player) -> None:
    player.page.get_by_role("button", name="Privat nu, 30 min").click()
    booking = player.row("Läkarbesök")
    player.press(booking, "Inte privat", "Bokningen är inte längre privat.")
    player.state("diversion")
    player.shoot("spelplanen")


def test_a_choice_in_the_addin_goes_before_the_rule(player: Player) -> None:
    end = today_at(60)
    booking = player.book(TITLE, today_at(0), end)
    player.state("diversion")
    booking.get_by_label("Val i tillägget").select_option("Lunch")
    booking.get_by_label("Koppla samtal till").select_option("Ingen vidarekoppling")
    player.press(booking, "Spara valet", "Valet i tillägget är sparat.")
    expect(player.live("directory")).to_have_text(f"Frånvaro: Lunch Åter {end:%H:%M} {TITLE}")
    expect(player.live("call")).to_have_text(f"{player.name} svarar.")
    player.shoot("1-lunch")
    player.look_up("absence")
    player.call("person", f"{player.name} svarar.")
    player.open()
    booking.locator("summary").click()
    booking.get_by_label("Val i tillägget").select_option("Synkronisera inte")
    player.press(booking, "Spara valet", "Valet i tillägget är sparat.")
    expect(player.live("directory")).to_have_text(AVAILABLE)
    player.shoot("2-inte")


def test_a_deleted_booking_leaves_one_x(player: Player) -> None:
    player.page.get_by_role("button", name="Möte nu, 30 min").click()
    player.state("diversion")
    player.row("Möte").get_by_role("button", name="Ta bort", exact=True).click()
    expect(player.page.locator("#messages")).to_have_text("Bokningen är borttagen.")
    expect(player.live("directory")).to_have_text(AVAILABLE)
    player.shoot("spelplanen")
    player.look_up("available")
    player.call("person", f"{player.name} svarar.")


def test_a_booking_tomorrow_stands_under_kalender_and_nothing_is_active_now(player: Player) -> None:
    nine = today_at(0).replace(hour=9, minute=0) + timedelta(days=1)
    player.book(TITLE, nine, nine + timedelta(hours=1))
    coming = player.live("calendar").get_by_role("listitem").filter(has=player.page.locator("h3"))
    words = re.compile(rf"^\s*I morgon, .*\s+09:00–10:00\s+Hänvisning: Möte · {TITLE}\s*$")
    expect(coming).to_have_text([words])
    expect(player.live("directory")).to_have_text(AVAILABLE)
    player.shoot("1-spelplanen")
    player.look_up("available").get_by_role("link").click()
    player.page.get_by_role("link", name="Kalender", exact=True).click()
    expect(coming).to_have_text([words])
    expect(player.live("directory")).to_have_text(AVAILABLE)
    player.shoot("2-kalender")
    player.call("person", f"{player.name} svarar.")


def test_the_terminal_says_who_what_why_and_how_soon_but_no_title(player: Player, demo: Demo) -> None:
    before, start, end = len(demo.lines), today_at(0), today_at(60)

    def told() -> list[re.Match[str]]:
        lines = LINE.finditer("".join(demo.lines[before:]))
        return [each for each in lines if each["who"] == player.name]

    booking = player.book(TITLE, start, end)
    until(lambda: len(told()) == 1, 10)
    player.press(booking, "Gör privat", "Bokningen är privat.")
    until(lambda: len(told()) == 2, 10)
    when = f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"
    assert [(each["what"], each["reason"], each["when"]) for each in told()] == [
        ("diversion", "meeting", when),
        ("cleared", "meeting", when),
    ]
    assert [each["why"] for each in told()] == ["the rule", "deleted, moved away or private"]
    assert [float(each["seconds"]) <= 2 for each in told()] == [True, True]
    assert "KANARIE" not in demo.said
