"""Telefonboken: what colleagues and the telephonist see of everybody, and a person's card."""

from collections import Counter
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from ..pbx import Active, Customer, Extension
from ..world import World
from .agenda import agenda
from .page import render, see, sheet
from .words import STATES, alphabetical, phone, state, today

Line = tuple[Extension, Active | None]


def first(world: World, request: Request) -> Response:
    """`/telefonboken/`: the first company's."""
    customer_id = next(iter(world.pbx.customers), None)
    if customer_id is None:
        raise NotFound("Det finns inget företag i den simulerade världen")
    return see(f"/telefonboken/{customer_id}/")


def directory(world: World, request: Request, customer: str) -> Response:
    """Everybody, 100 a page; `?q=` searches name, number and e-mail, `?visa=` is a state."""
    company, now = customer_of(world, customer), world.now()
    search, shown = request.args.get("q", "").strip(), request.args.get("visa", "")
    lines = [each for each in world.pbx.directory(company.id, now) if matches(each[0], search)]
    lines.sort(key=lambda each: alphabetical(each[0].name))
    counts = Counter(state(active) for _, active in lines)
    wanted = [each for each in lines if shown not in STATES or state(each[1]) == shown]
    return render(
        request,
        "directory",
        now=now,
        customer=company,
        customers=list(world.pbx.customers.values()),
        search=search,
        shown=shown if shown in STATES else "",
        filters=[("", "Alla", len(lines))] + [(each, word, counts[each]) for each, word in STATES.items()],
        page=sheet(wanted, request.args.get("page", "")),
    )


def card(world: World, request: Request, customer: str, extension: str) -> Response:
    """The tab *Kontaktuppgifter*."""
    return render(request, "card", tab="contact", **person_of(world, customer, extension))


def calendar(world: World, request: Request, customer: str, extension: str) -> Response:
    """The tab *Kalender*: what is under way and what is coming, by day."""
    return render(request, "card", tab="calendar", **person_of(world, customer, extension))


def person_of(world: World, customer: str, extension: str) -> dict[str, Any]:
    """What both tabs show. Raises NotFound."""
    company, found, now = customer_of(world, customer), world.pbx.extensions.get(extension), world.now()
    if found is None or found.customer_id != company.id:
        raise NotFound(f"Personen finns inte i telefonboken för {company.name}")
    return {
        "now": now,
        "today": today(now),
        "customer": company,
        "extension": found,
        "person": next((each for each in world.people.values() if each.extension_id == found.id), None),
        **agenda(world, found.id, now),
    }


def customer_of(world: World, customer_id: str) -> Customer:
    """Raises NotFound."""
    if customer_id not in world.pbx.customers:
        raise NotFound("Företaget finns inte i den simulerade världen")
    return world.pbx.customers[customer_id]


def matches(extension: Extension, search: str) -> bool:
    """Part of a name, an e-mail address or a number, with or without spaces and country code."""
    digits = "".join(each for each in search if each.isdigit()).removeprefix("0")
    if digits and set(search) <= set("+-() 0123456789"):
        return digits in extension.number or search in phone(extension.number)
    return any(search.lower() in each.lower() for each in (extension.name, extension.email or ""))
