"""Ring: what somebody who calls hears now, or at another moment, and how One X decided it."""

from datetime import datetime
from typing import Any

from werkzeug import Request, Response

from ..pbx import Active, Extension
from ..world import World
from .directory import matches
from .forms import MistypedError, e164, moment, together
from .page import render
from .words import alphabetical, back, hours

MOST = 20


def ring(world: World, request: Request) -> Response:
    """`/ring/?number=&at=`: a number, or part of a name to choose from; nothing asked, the empty form."""
    typed = {name: request.args.get(name, "").strip() for name in ("number", "at")}
    words: dict[str, Any] = {"now": world.now(), "typed": typed}
    try:
        at, people = together(
            lambda: moment(typed["at"], "at") or world.now(),
            lambda: candidates(world, typed["number"]) if typed["number"] else [],
        )
        words |= answer(world, people[0], at) if len(people) == 1 else {"people": people, "most": MOST}
    except MistypedError as mistyped:
        return render(request, "ring", 422, **words, errors=mistyped.errors)
    return render(request, "ring", **words)


def answer(world: World, extension: Extension, at: datetime) -> dict[str, Any]:
    """The call."""
    active = world.pbx.active(extension.id, at)
    return {
        "at": at,
        "extension": extension,
        "customer": world.pbx.customers[extension.customer_id],
        "active": active,
        "call": world.pbx.call(extension.number, at),
        "because": because(active, at),
    }


def candidates(world: World, search: str) -> list[Extension]:
    """Who has the number, else who matches, by name, at most 20. Raises MistypedError."""
    if extension := world.pbx.find(e164(search) or search):
        return [extension]
    people = [each for each in world.pbx.extensions.values() if matches(each, search)]
    if not people:
        raise MistypedError(number="Ingen i One X har det numret eller namnet. Kontrollera stavningen.")
    return sorted(people, key=lambda each: alphabetical(each.name))[:MOST]


def because(active: Active | None, at: datetime) -> list[str]:
    """How it was decided, a sentence a step."""
    rings = "Telefonen ringer som vanligt."
    if active is None:
        return ["Ingen frånvaro och ingen hänvisning gäller då.", rings]
    where = "är satt för hand i One X" if active.by_hand else "kommer från Outlook"
    what = f"{active.label} ({hours(active)}) gäller då och {where}."
    if active.forwarding != "announcement":
        return [what, "Det är en frånvaro utan vidarekoppling: den syns i telefonboken.", rings]
    returns_at = active.returns_at or active.ends_at
    chained = ", när den sista hänvisningen i rad är slut" if returns_at > active.ends_at else ""
    diverted = "Det är en hänvisning: samtalet besvaras med hänvisningsbesked."
    return [what, diverted, f"Åter-tiden är {back(returns_at, at)}{chained}."]
