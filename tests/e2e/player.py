"""A person at the demo's pages: what they press, and what they then see of one employee in One X."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import Locator, Page, expect

SCREENSHOTS = Path(__file__).parent / "screenshots"
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def today_at(minutes: int) -> datetime:
    """So many minutes from now in Stockholm, but still today: the pages write another day in another way."""
    now = datetime.now(ZoneInfo("Europe/Stockholm")).replace(second=0, microsecond=0)
    last = now.replace(hour=23, minute=58 if minutes < 90 else 59)
    return min(now + timedelta(minutes=minutes), last)


@dataclass
class Player:
    """`addresses`: of the play page, the directory and the call page, as the terminal names them."""

    page: Page
    addresses: list[str]
    email: str
    number: str
    name: str
    test: str

    def open(self) -> None:
        self.page.goto(str(httpx.URL(self.addresses[0]).copy_set_param("person", self.email)))

    def live(self, part: str) -> Locator:
        """What One X shows `now`, what a caller hears (`call`), or the `calendar`."""
        return self.page.locator(f"#live-{part}")

    def state(self, state: str) -> None:
        expect(self.live("directory")).to_have_attribute("data-state", state)

    def book(self, subject: str, start: datetime, end: datetime) -> Locator:
        """Fill in the booking form. The new booking's row, open."""
        form = self.page.locator("#book")
        form.get_by_label("Rubrik").fill(subject)
        form.get_by_label("Datum", exact=True).fill(f"{start:%Y-%m-%d}")
        form.get_by_label("Start").fill(f"{start:%H:%M}")
        form.get_by_label("Slut", exact=True).fill(f"{end:%H:%M}")
        form.get_by_label("Slutdatum").fill("")
        form.get_by_role("button", name="Boka").click()
        expect(self.page.locator("#messages")).to_have_text("Bokningen är gjord.")
        return self.row(subject)

    def row(self, subject: str) -> Locator:
        return self.page.locator("[data-event]").filter(has_text=subject)

    def press(self, booking: Locator, button: str, said: str) -> None:
        booking.get_by_role("button", name=button, exact=True).click()
        expect(booking.get_by_role("status")).to_have_text(said)

    def look_up(self, state: str) -> Locator:
        """The line in the directory."""
        self.page.goto(self.addresses[1])
        link = self.page.get_by_role("link", name=self.name, exact=True)
        line = self.page.get_by_role("row").filter(has=link)
        expect(line).to_have_attribute("data-state", state)
        return line

    def call(self, answered_by: str, sentence: str) -> None:
        self.page.goto(str(httpx.URL(self.addresses[2]).copy_set_param("number", self.number)))
        expect(self.page.locator("#call")).to_have_attribute("data-answered", answered_by)
        expect(self.page.locator("#sentence")).to_have_text(sentence)

    def shoot(self, step: str) -> None:
        """Keep what the page looks like, wide and narrow; the narrow one never scrolls sideways."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.test}-{step}.png", full_page=True)
        self.page.set_viewport_size(NARROW)
        self.page.screenshot(path=SCREENSHOTS / f"{self.test}-{step}-390.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        self.page.set_viewport_size(WIDE)
