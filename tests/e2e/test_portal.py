"""The administrator's way in, by each of the three doors, and what they steer: One X follows within two seconds."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from .administrator import DOORS, Administrator
from .conftest import Control, Demo, until
from .player import WIDE, today_at

expect.set_options(timeout=10_000)

SOON = 2  # seconds from the press of a button until One X shows it


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "sv-SE"}


@pytest.fixture
def administrator(demo: Demo, page: Page, request: pytest.FixtureRequest) -> Iterator[Administrator]:
    """In a fresh browser, whose console must stay free of complaints: the content security policy holds."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    world = str(httpx.URL(demo.addresses[0]).join("/")).rstrip("/")
    yield Administrator(page, world, request.node.name.removeprefix("test_").replace("[", "-").rstrip("]"))
    assert complaints == []


@pytest.fixture(scope="module")
def people(demo: Demo, control: Control) -> Iterator[dict[str, Any]]:
    """People whose calendars are empty, last ones of the list: other tests take the first."""
    some = sorted(control.people(), key=lambda each: each["email"])[-6:]
    control.empty(*some)
    return iter(some)


@pytest.fixture
def person(people: Iterator[dict[str, Any]], control: Control) -> dict[str, Any]:
    """Somebody at a meeting since a minute, and One X says so."""
    person = next(people)
    times = {"starts_at": today_at(0), "ends_at": today_at(60)}
    control.post("book", person=person["email"], subject="Möte", **times)
    until(lambda: state(control, person) == "meeting", 10)
    return person


def state(control: Control, person: dict[str, Any]) -> str:
    """The reason that the One X directory shows beside a name, '' for somebody available."""
    line = next(each for each in control.get("directory/contoso") if each["id"] == person["id"])
    active = line["active"]
    return active["reason"] if active else ""


@pytest.mark.parametrize("door", DOORS)
def test_each_door_leads_to_the_instance_its_users_and_the_dashboard(
    administrator: Administrator, door: str
) -> None:
    administrator.come_in(door)
    administrator.shoot("1-kalendersynk")
    administrator.go("Office 365")
    administrator.heading("Office 365")
    administrator.shoot("2-installningar")
    administrator.go("Synkregler")
    expect(administrator.page.get_by_role("row")).to_have_count(6)
    administrator.shoot("3-synkregler")
    administrator.go("Användare")
    assert administrator.page.get_by_role("row").count() > 30
    administrator.shoot("4-anvandare")
    administrator.go("Instrumentpanel")
    administrator.heading("Instrumentpanel")
    administrator.shoot("5-instrumentpanel")


def test_a_rule_changes_what_one_x_says(
    administrator: Administrator, control: Control, person: dict[str, Any]
) -> None:
    administrator.come_in("mitt-foretag")
    administrator.go("Office 365", "Synkregler")
    row = administrator.row("Upptagen")
    for reason, code in (("Lunch", "lunch"), ("Möte", "meeting")):
        row.get_by_role("combobox").first.select_option(reason)
        administrator.page.get_by_role("button", name="Spara", exact=True).click()
        until(lambda code=code: state(control, person) == code, SOON)
        administrator.saved("Reglerna är sparade.")
    administrator.shoot("synkregler")


def test_a_user_switched_off_and_on_and_removed_and_added(
    administrator: Administrator, control: Control, person: dict[str, Any]
) -> None:
    page = administrator.page
    administrator.come_in("one-x")
    administrator.go("Office 365", "Användare")
    for reason in ("", "meeting"):
        administrator.find(person).get_by_role("switch").click()
        until(lambda reason=reason: state(control, person) == reason, SOON)
    administrator.find(person).get_by_role("link", name=re.compile("^Ta bort")).click()
    administrator.shoot("1-ta-bort")
    page.get_by_role("button", name="Ta bort", exact=True).click()
    until(lambda: state(control, person) == "", SOON)
    administrator.shoot("2-borttagen")
    page.get_by_role("link", name="Lägg till", exact=True).click()
    page.get_by_role("searchbox").fill(person["name"])
    page.get_by_role("link", name=re.compile(f"^Välj {person['name']}")).click()
    expect(page.get_by_label("Outlook-adress")).to_have_value(person["email"])
    administrator.shoot("3-lagg-till")
    page.get_by_role("button", name="Lägg till", exact=True).click()
    until(lambda: state(control, person) == "meeting", SOON)
    administrator.saved(f"{person['name']} är tillagd. Första synkningen pågår.")
    administrator.shoot("4-tillagd")


def test_an_instance_switched_off_and_on(
    administrator: Administrator, control: Control, person: dict[str, Any]
) -> None:
    page = administrator.page
    administrator.come_in("mitt-abonnemang")
    administrator.go("Office 365")
    page.get_by_role("switch", name="Aktiv", exact=True).uncheck()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("button", name="Spara ändå")).to_be_visible()
    administrator.shoot("1-fraga")
    page.get_by_role("button", name="Spara ändå").click()
    until(lambda: state(control, person) == "", SOON)
    page.get_by_role("switch", name="Aktiv", exact=True).check()
    page.get_by_role("button", name="Spara", exact=True).click()
    until(lambda: state(control, person) == "meeting", SOON)
    administrator.shoot("2-aktiv")


def test_a_booking_of_tomorrow_is_beyond_a_window_of_today(
    administrator: Administrator, control: Control, people: Iterator[dict[str, Any]]
) -> None:
    """A setting: *Synka dagar framåt*."""
    person, page = next(people), administrator.page
    start = today_at(0).replace(hour=9, minute=0) + timedelta(days=5)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    control.post("book", person=person["email"], subject="Långt fram", **times)
    until(lambda: control.absences(person["id"]), 10)
    administrator.come_in("mitt-foretag")
    administrator.go("Office 365")
    for days, held in (("2", 0), ("14", 1)):
        page.get_by_label("Synka dagar framåt").fill(days)
        page.get_by_role("button", name="Spara", exact=True).click()
        if days == "2":
            page.get_by_role("button", name="Spara ändå").click()
        until(lambda held=held: len(control.absences(person["id"])) == held, SOON)
