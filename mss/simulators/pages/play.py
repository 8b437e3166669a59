"""Spelplanen: choose a person; book, move and delete as in Outlook, and see what One X makes of it."""

from datetime import timedelta
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from ..world import Person, World
from .acts import ACTS, DONE, TIMED, GoneError
from .agenda import agenda
from .forms import REPEATS, MistypedError
from .page import by_day, render, see, sheet
from .rows import DAYS_AHEAD, Slip, absent, blank, coming, row, version
from .words import FORWARDING, SHOW_AS, alphabetical, first_day, today


def play(world: World, request: Request) -> Response:
    """GET and POST `/?person=<email>`; without a person, the list to choose from."""
    asked = request.args.get("person", "").strip()
    if not asked:
        return choose(world, request)
    try:
        person = world.person(asked)
    except KeyError:
        return choose(world, request, unknown=asked)
    return act(world, request, person) if request.method == "POST" else show(world, request, person, Slip())


def act(world: World, request: Request, person: Person) -> Response:
    """Do what the form says and return to the page, or say why not and keep what was typed."""
    typed = request.form.to_dict()
    try:
        if typed.get("do") not in ACTS:
            raise MistypedError(do="Använd en av knapparna på sidan.")
        if not person.mailbox:
            raise MistypedError(do="Personen har ingen brevlåda. Välj någon annan.")
        event_id, done = ACTS[typed["do"]](world, person, typed)
    except GoneError:
        return see("/", person=person.email, done="gone")
    except MistypedError as wrong:
        return show(world, request, person, Slip(typed.get("event", ""), typed, wrong.errors))
    # A new booking is told of on top of the page; a changed one in its row.
    anchor = f"b-{event_id}" if event_id and "event" in typed else ""
    return see("/", anchor, person=person.email, open=event_id, done=done)


def show(world: World, request: Request, person: Person, slip: Slip) -> Response:
    """The person's page; 422 with a slip, which its own form shows again."""
    done, opened = "" if slip.errors else request.args.get("done", ""), request.args.get("open", "")
    why = hidden(world, person, done, opened)
    return render(
        request,
        "play",
        422 if slip.errors else 200,
        now=world.now(),
        today=today(world.now()),
        person=person,
        tenant=world.tenants[person.tenant_id],
        done=done,
        message=f"{DONE[done][:-1]}, men {why}." if why else DONE.get(done),
        warned=why or done == "gone",
        slip=slip,
        **outlook(world, person, opened, slip),
        **one_x(world, person),
    )


def hidden(world: World, person: Person, done: str, opened: str) -> str:
    """Why what was done is not seen below, in words; empty where it is."""
    event = world.events.get(opened)
    mine = event is not None and event.person_id == person.id
    return absent(world, person, event, "series" in done) if event and mine and done in TIMED else ""


def outlook(world: World, person: Person, opened: str, slip: Slip) -> dict[str, Any]:
    """The calendar and its forms. A message stands in the row it is about, else on top (`in_row` empty)."""
    rows = [row(world, each, opened, slip) for each in coming(world, person)]
    return {
        "days": by_day(rows, lambda each: first_day(each.event)),
        "version": version(rows),
        "in_row": opened if any(each.open for each in rows) else "",
        "typed": blank(world.now()) | ({} if slip.event_id else dict(slip.typed)),
        "errors": {} if slip.event_id else slip.errors,
        "show_as": SHOW_AS,
        "forwarding": FORWARDING,
        "repeats": REPEATS,
        "suggested": [today(world.now()) + timedelta(days=each) for each in range(DAYS_AHEAD + 1)],
        "reasons": {code: labels[0] for code, labels in world.pbx.reasons.items()},
    }


def one_x(world: World, person: Person) -> dict[str, Any]:
    """What One X shows of the person now, and what a caller hears."""
    extension = world.pbx.extensions.get(person.extension_id or "")
    if extension is None:
        return {"extension": None}
    return {
        "extension": extension,
        "call": world.pbx.call(extension.number),
        **agenda(world, extension.id, world.now()),
    }


def choose(world: World, request: Request, unknown: str = "") -> Response:
    """Everybody of a company, or who matches the search in all of them; 404 where the person is unknown."""
    search = request.args.get("q", "").strip() or unknown
    wanted = request.args.get("company", "").strip()
    company = world.tenant(wanted) if wanted else next(iter(world.tenants.values()), None)
    if wanted and company is None:
        raise NotFound("Företaget finns inte i den simulerade världen")
    people = [each for each in world.people.values() if company and each.tenant_id == company.id]
    found = [each for each in world.people.values() if matches(each, search)] if search else []
    # Who looks for somebody unknown and hits nobody gets the whole list to choose from.
    people = found or ([] if search and not unknown else people)
    people.sort(key=lambda each: alphabetical(each.name))
    page = sheet(people, request.args.get("page", ""))
    page["rows"] = [(each, world.pbx.active(each.extension_id or "")) for each in page["rows"]]
    return render(
        request,
        "choose",
        404 if unknown else 200,
        now=world.now(),
        companies=list(world.tenants.values()),
        company=company,
        search=search,
        unknown=unknown,
        page=page,
    )


def matches(person: Person, search: str) -> bool:
    return any(search.lower() in each.lower() for each in (person.name, person.email, person.department))
