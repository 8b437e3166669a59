"""An administrator in a browser: the ways into Microsoft Sync, and what they press there."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from .player import NARROW, SCREENSHOTS, WIDE

# Where somebody comes from, and the link there that leads to Microsoft Sync.
DOORS = {
    "mitt-foretag": ("/mittforetag/", ["Microsoft Sync Services – logga in"]),
    "mitt-abonnemang": ("/mittabonnemang/", ["Gå till One X växel", "Microsoft Sync"]),
    "one-x": ("/onex/", ["Microsoft Sync"]),
}


@dataclass
class Administrator:
    """`world`: the address of the world's pages. Each step keeps a screenshot at 1280 and 390 px."""

    page: Page
    world: str
    test: str

    def come_in(self, door: str, name: str = "Anna Berg") -> None:
        """Through one of the doors, signing in with Telenor ID on the way."""
        path, links = DOORS[door]
        self.page.goto(self.world + path)
        self.page.get_by_role("button", name=re.compile(name)).click()
        for link in links:
            self.page.get_by_role("link", name=link, exact=True).click()
        self.heading("Kalendersynk")

    def heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def go(self, *links: str) -> None:
        for link in links:
            self.page.get_by_role("main").or_(
                self.page.get_by_role("navigation", name="Microsoft Sync")
            ).get_by_role("link", name=link, exact=True).first.click()

    def saved(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#messages")).to_contain_text(words)

    def row(self, name: str) -> Locator:
        """Of a table, by what stands first in it."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))

    def find(self, person: dict[str, Any]) -> Locator:
        """The row of a user, on the list *Användare*."""
        address = httpx.URL(self.page.url).join(
            re.sub(r"(/kalendersynk/\d+/).*", r"\1anvandare/", self.page.url)
        )
        self.page.goto(str(address.copy_set_param("q", person["email"])))
        return self.row(person["name"])

    def shoot(self, step: str) -> None:
        """Keep what the page looks like, wide and narrow; the narrow one never scrolls sideways."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.test}-{step}.png", full_page=True)
        self.page.set_viewport_size(NARROW)
        self.page.screenshot(path=SCREENSHOTS / f"{self.test}-{step}-390.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        self.page.set_viewport_size(WIDE)
