"""What a person sees who plays with the demo: each change in Outlook, and what One X makes of it."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Control, Demo, until

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SCREENSHOTS = Path(__file__).parent / "screenshots"
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
TITLE = "KANARIE Budget 2027"
FREE = "Tillgänglig Ingen frånvaro just nu"
Shoot = Callable[..., None]
LINE = re.compile(
    r"(?P<at>\d\d:\d\d:\d\d)  (?P<who>.+?)  (?P<what>diversion|absence|cleared) (?P<reason>\w+) "
    r"(?P<when>\S+ \S+)  \((?P<why>\w+); (?P<seconds>\d+\.\d) s after the knock\)"
)

expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def people(demo: Demo, control: Control) -> Iterator[dict[str, Any]]:
    """People with empty calendars, first the one that the terminal suggests. Each test takes one for itself."""
    suggested = httpx.URL(demo.addresses[0]).params["person"]
    first_ten = sorted(control.people(), key=lambda each: each["email"] != suggested)[:10]
    control.empty(*first_ten)
    return iter(first_ten)


@pytest.fixture
def play(demo: Demo, people: Iterator[dict[str, Any]], page: Page) -> Page:
    """The play page of somebody who is available."""
    page.goto(httpx.URL(demo.addresses[0]).copy_set_param("person", next(people)["email"]).__str__())
    expect(live(page, "directory")).to_have_text(FREE)
    return page


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Shoot:
    """Keeps what a page looks like, under the name of the test and the step."""
    SCREENSHOTS.mkdir(exist_ok=True)
    test = request.node.name.removeprefix("test_")[:60]

    def shoot(page: Page, step: str, narrow: bool = False) -> None:
        page.screenshot(path=SCREENSHOTS / f"{test}-{step}.png", full_page=True)
        if narrow:
            page.set_viewport_size(NARROW)
            page.screenshot(path=SCREENSHOTS / f"{test}-{step}-390.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
            page.set_viewport_size(WIDE)

    return shoot


def live(page: Page, part: str) -> Locator:
    return page.locator(f"#live-{part}")


def today_at(minutes: int) -> datetime:
    """So many minutes from now, but not on another day, which the pages write in another way."""
    now = datetime.now(STOCKHOLM).replace(second=0, microsecond=0)
    return min(now + timedelta(minutes=minutes), now.replace(hour=23, minute=58) + timedelta(seconds=minutes))


def book(page: Page, end: datetime, subject: str = TITLE) -> Locator:
    """Book from this minute on by the form. The new booking's row, opened."""
    page.locator("#book").get_by_label("Rubrik").fill(subject)
    form = page.locator("#book")
    form.get_by_label("Datum", exact=True).fill(f"{end:%Y-%m-%d}")
    form.get_by_label("Start").fill(f"{today_at(0):%H:%M}")
    form.get_by_label("Slut", exact=True).fill(f"{end:%H:%M}")
    form.get_by_label("Slutdatum").fill("")
    form.get_by_role("button", name="Boka").click()
    expect(page.locator("#messages")).to_have_text("Bokningen är gjord.")
    return row(page, subject)


def row(page: Page, subject: str) -> Locator:
    return page.locator("[data-event]", has_text=subject)


def press(booking: Locator, button: str, said: str) -> None:
    booking.get_by_role("button", name=button, exact=True).click()
    expect(booking.get_by_role("status")).to_have_text(said)


def name(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def directory_row(page: Page, demo: Demo, who: str) -> Locator:
    page.goto(demo.addresses[1])
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=who, exact=True))


def expect_answer(page: Page, demo: Demo, answered: str, sentence: str) -> None:
    page.goto(demo.addresses[2])
    expect(page.locator("#call")).to_have_attribute("data-answered", answered)
    expect(page.locator("#sentence")).to_have_text(sentence)


def test_a_booking_is_seen_by_colleagues_and_heard_by_who_calls(play: Page, demo: Demo, shoot: Shoot) -> None:
    who, end = name(play), today_at(60)
    book(play, end)
    said = f"{who} är på möte och är åter klockan {end:%H:%M}."
    expect(live(play, "directory")).to_have_text(f"Hänvisning: Möte Åter {end:%H:%M} {TITLE}")
    expect(live(play, "call")).to_have_text(said)
    shoot(play, "1-play", narrow=True)
    line = directory_row(play, demo, who)
    expect(line).to_have_attribute("data-state", "diversion")
    expect(line.get_by_role("cell")).to_have_text(
        [re.compile(r"010-490 00 \d\d"), "Hänvisning", f"Möte · {TITLE}", f"Åter {end:%H:%M}"]
    )
    shoot(play, "2-telefonboken", narrow=True)
    line.get_by_role("link").click()
    expect(live(play, "directory")).to_have_text(f"Hänvisning: Möte Åter {end:%H:%M} {TITLE}")
    shoot(play, "3-kort", narrow=True)
    expect_answer(play, demo, "announcement", said)
    shoot(play, "4-ring", narrow=True)


def test_a_moved_booking_moves_the_return(play: Page, demo: Demo, shoot: Shoot) -> None:
    who, end = name(play), today_at(90)
    booking = book(play, today_at(60))
    expect(live(play, "directory")).to_have_attribute("data-state", "diversion")
    booking.get_by_label("Slut", exact=True).fill(f"{end:%H:%M}")
    press(booking, "Flytta", "Bokningen är flyttad.")
    expect(live(play, "directory")).to_have_text(f"Hänvisning: Möte Åter {end:%H:%M} {TITLE}")
    shoot(play, "1-play", narrow=True)
    expect_answer(play, demo, "announcement", f"{who} är på möte och är åter klockan {end:%H:%M}.")


def test_a_booking_made_private_leaves_one_x_and_comes_back_when_it_no_longer_is(
    play: Page, demo: Demo, shoot: Shoot
) -> None:
    who = name(play)
    booking = book(play, today_at(60))
    expect(live(play, "directory")).to_have_attribute("data-state", "diversion")
    press(booking, "Gör privat", "Bokningen är privat.")
    expect(live(play, "directory")).to_have_text(FREE)
    shoot(play, "1-play", narrow=True)
    press(booking, "Ta bort privat", "Bokningen är inte längre privat.")
    expect(live(play, "directory")).to_have_attribute("data-state", "diversion")
    press(booking, "Gör privat", "Bokningen är privat.")
    expect(live(play, "directory")).to_have_text(FREE)
    expect_answer(play, demo, "person", f"{who} svarar.")
    expect(directory_row(play, demo, who)).to_have_attribute("data-state", "available")


def test_a_choice_in_the_addin_goes_before_the_rule(play: Page, demo: Demo, shoot: Shoot) -> None:
    who, end = name(play), today_at(60)
    booking = book(play, end)
    expect(live(play, "directory")).to_have_attribute("data-state", "diversion")
    booking.get_by_label("Val i tillägget").select_option("Lunch")
    booking.get_by_label("Koppla samtal till").select_option("Ingen vidarekoppling")
    press(booking, "Spara valet", "Valet i tillägget är sparat.")
    expect(live(play, "directory")).to_have_text(f"Frånvaro: Lunch Åter {end:%H:%M} {TITLE}")
    expect(live(play, "call")).to_have_text(f"{who} svarar.")
    shoot(play, "1-lunch", narrow=True)
    expect(directory_row(play, demo, who)).to_have_attribute("data-state", "absence")
    expect_answer(play, demo, "person", f"{who} svarar.")
    play.goto(demo.addresses[0])
    booking.locator("summary").click()
    booking.get_by_label("Val i tillägget").select_option("Synkronisera inte")
    press(booking, "Spara valet", "Valet i tillägget är sparat.")
    expect(live(play, "directory")).to_have_text(FREE)
    shoot(play, "2-inte", narrow=True)


def test_a_deleted_booking_leaves_one_x(play: Page, demo: Demo, shoot: Shoot) -> None:
    who = name(play)
    play.get_by_role("button", name="Möte nu, 30 min").click()
    expect(live(play, "directory")).to_have_attribute("data-state", "diversion")
    booking = row(play, "Möte")
    booking.get_by_role("button", name="Ta bort", exact=True).click()
    expect(play.locator("#messages")).to_have_text("Bokningen är borttagen.")
    expect(live(play, "directory")).to_have_text(FREE)
    shoot(play, "1-play", narrow=True)
    expect(directory_row(play, demo, who)).to_have_attribute("data-state", "available")
    expect_answer(play, demo, "person", f"{who} svarar.")


def test_a_booking_tomorrow_stands_under_kalender_and_nothing_is_active_now(
    play: Page, demo: Demo, shoot: Shoot
) -> None:
    who = name(play)
    form = play.locator("#book")
    form.get_by_label("Rubrik").fill(TITLE)
    tomorrow = datetime.combine(today_at(0) + timedelta(days=1), time(9), STOCKHOLM)
    form.get_by_label("Datum", exact=True).fill(f"{tomorrow:%Y-%m-%d}")
    form.get_by_label("Start").fill("09:00")
    form.get_by_label("Slut", exact=True).fill("10:00")
    form.get_by_label("Slutdatum").fill("")
    form.get_by_role("button", name="Boka").click()
    standing = f"09:00–10:00 Hänvisning: Möte · {TITLE}"
    expect(live(play, "calendar").get_by_role("listitem").locator("li")).to_have_text([standing])
    expect(live(play, "directory")).to_have_text(FREE)
    shoot(play, "1-play", narrow=True)
    line = directory_row(play, demo, who)
    expect(line).to_have_attribute("data-state", "available")
    line.get_by_role("link").click()
    play.get_by_role("link", name="Kalender", exact=True).click()
    expect(play.get_by_role("heading", level=3)).to_contain_text("I morgon, ")
    expect(live(play, "calendar").get_by_role("listitem").locator("li")).to_have_text([standing])
    expect(live(play, "directory")).to_have_text(FREE)
    shoot(play, "2-kalender", narrow=True)
    expect_answer(play, demo, "person", f"{who} svarar.")


def test_the_terminal_says_who_what_why_and_how_soon_but_no_title(play: Page, demo: Demo) -> None:
    who, before, start, end = name(play), len(demo.lines), today_at(0), today_at(60)

    def told() -> list[re.Match[str]]:
        return list(LINE.finditer("".join(demo.lines[before:])))

    booking = book(play, end)
    until(lambda: len(told()) == 1, 10)
    press(booking, "Gör privat", "Bokningen är privat.")
    until(lambda: len(told()) == 2, 10)
    when = f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"
    assert [each["who"] for each in told()] == [who, who]
    assert [(each["what"], each["reason"], each["when"]) for each in told()] == [
        ("diversion", "meeting", when),
        ("cleared", "meeting", when),
    ]
    assert [each["why"] for each in told()] == ["rule", "private"]
    assert [float(each["seconds"]) <= 2 for each in told()] == [True, True]
    assert "KANARIE" not in demo.said
