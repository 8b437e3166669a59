"""The page of Telenor ID where one picks who one is, with what each may."""

from typing import Any
from urllib.parse import urlencode

from werkzeug import Request, Response

from ..telenor_id import people
from ..telephony import TelenorPerson
from ..world import World
from .page import render
from .words import alphabetical, listed

MANY = 8  # with more than these there is a search field
MOST = 24
# What the page itself sends, beside the client's parameters.
OWN = {"person", "cancel", "q"}


def choose(world: World, request: Request, fields: list[tuple[str, str]], client: str = "") -> Response:
    """Everybody with a Telenor ID, at most 24: administrators first, then who has no subscription, then the others."""
    search = request.args.get("q", "").strip()
    everybody = people.everybody(world)
    found = [each for each in everybody if matches(each, search)]
    found.sort(key=lambda each: (rank(each), alphabetical(each.name)))
    words: dict[str, Any] = {
        "rows": [(each, rights(world, each)) for each in found[:MOST]],
        "most": MOST if len(found) > MOST else 0,
        "many": len(everybody) > MANY,
        "search": search,
        "fields": fields,
        "action": f"{request.path}?{urlencode(fields)}",
        "client": client,
    }
    return render(request, "signin", now=world.now(), **words)


def matches(person: TelenorPerson, search: str) -> bool:
    return any(search.lower() in each.lower() for each in (person.name, person.email))


def rank(person: TelenorPerson) -> int:
    if people.administers(person):
        return 0
    return 2 if person.memberships else 1


def rights(world: World, person: TelenorPerson) -> str:
    """What a person may, in a line."""
    administered = people.administers(person)
    employed = [each.customer_id for each in person.memberships if not each.administrator]
    works = f"nställd på {names(world, employed)}" if employed else ""
    if administered:
        return f"Administratör för {names(world, administered)}" + (f", a{works}" if works else "")
    return f"A{works}, inte administratör" if works else "Inget One X-abonnemang"


def names(world: World, customers: list[str]) -> str:
    return listed([world.pbx.customers[each].name for each in customers])
