"""`/sim/`: the world's controls for tests and scripts, outside every contract. JSON both ways, no token."""

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from werkzeug.exceptions import BadRequest
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .changes import MalformedError, moment
from .http import json_body, json_response
from .onex import show_absence
from .records import Event
from .telenor_id import people
from .world import World

URLS = Map(
    [
        Rule("/sim/health", endpoint="health", methods=["GET"]),
        Rule("/sim/directory/<customer>", endpoint="directory", methods=["GET"]),
        Rule("/sim/call/<number>", endpoint="call", methods=["GET"]),
        Rule("/sim/absences/<customer>", endpoint="absences", methods=["GET"]),
        Rule("/sim/calendar/<person>", endpoint="calendar", methods=["GET"]),
        Rule("/sim/book", endpoint="book", methods=["POST"]),
        Rule("/sim/change", endpoint="change", methods=["POST"]),
        Rule("/sim/delete", endpoint="delete", methods=["POST"]),
        Rule("/sim/choice", endpoint="choice", methods=["POST"]),
        Rule("/sim/persons/<path:person>", endpoint="set_administrator", methods=["POST"]),
        Rule("/sim/persons/<path:person>", endpoint="end_subscription", methods=["DELETE"]),
        Rule("/sim/faults", endpoint="add_fault", methods=["POST"]),
        Rule("/sim/faults", endpoint="clear_faults", methods=["DELETE"]),
        Rule("/sim/requests", endpoint="requests", methods=["GET"]),
    ]
)


def answer(world: World, request: Request) -> Response:
    """The answer to a request under `/sim/`. Raises HTTPException; a name nobody has is 404."""
    endpoint, values = URLS.bind_to_environ(request.environ).match()
    try:
        return json_response(VIEWS[endpoint](world, request, **values))
    except KeyError as error:
        return json_response({"error": f"nothing is called {error}"}, 404)
    except (MalformedError, TypeError, ValueError, re.error) as error:
        raise BadRequest(str(error)) from error


def _health(world: World, request: Request) -> dict[str, Any]:
    return {"now": world.now(), "people": len(world.people), "events": len(world.events)}


def _at(request: Request) -> datetime | None:
    # A plus in a query is a space.
    return moment(request.args["at"].replace(" ", "+")) if "at" in request.args else None


def _directory(world: World, request: Request, customer: str) -> list[dict[str, Any]]:
    world.pbx.customers[customer]
    rows = world.pbx.directory(customer, _at(request))
    return [
        asdict(extension) | {"active": asdict(active) | {"label": active.label} if active else None}
        for extension, active in rows
    ]


def _call(world: World, request: Request, number: str) -> dict[str, Any]:
    return world.pbx.call(number, _at(request))


def _absences(world: World, request: Request, customer: str) -> list[dict[str, Any]]:
    world.pbx.customers[customer]
    return [show_absence(each) for each in world.pbx.held(customer)]


def _calendar(world: World, request: Request, person: str) -> list[dict[str, Any]]:
    start, end = moment(request.args["start"]), moment(request.args["end"])
    return [asdict(each) for each in world.events_of(world.person(person).id, start, end)]


def _body(request: Request) -> dict[str, Any]:
    body = json_body(request)
    if not isinstance(body, dict):
        raise MalformedError("a JSON object")
    times = {name: moment(body[name]) for name in ("starts_at", "ends_at") if name in body}
    return body | times


def _book(world: World, request: Request) -> dict[str, Any]:
    """`person`, `subject`, `starts_at`, `ends_at` and any other field of an Event."""
    body = _body(request)
    return asdict(world.book(world.person(body.pop("person")).id, **body))


def _change(world: World, request: Request) -> dict[str, Any]:
    """`event` and the fields to change."""
    body = _body(request)
    return asdict(world.change(body.pop("event"), **body))


def _delete(world: World, request: Request) -> dict[str, Any]:
    event = _body(request)["event"]
    world.delete(event)
    return {"deleted": event}


def _choice(world: World, request: Request) -> dict[str, Any]:
    """`event` and `reason`, `forwarding` or `skip`; `clear` takes the choice away."""
    body = _body(request)
    event, clear = body.pop("event"), body.pop("clear", False)
    changed: Event = world.clear_choice(event) if clear else world.set_choice(event, **body)
    return asdict(changed)


def _set_administrator(world: World, request: Request, person: str) -> dict[str, Any]:
    """`customer` and `administrator`, of somebody with a One X subscription."""
    body = _body(request)
    if not isinstance(body["administrator"], bool):
        raise MalformedError("administrator is true or false")
    return asdict(people.set_administrator(world, person, body["customer"], body["administrator"]))


def _end_subscription(world: World, request: Request, person: str) -> dict[str, Any]:
    return asdict(people.end_subscription(world, person))


def _add_fault(world: World, request: Request) -> dict[str, Any]:
    return asdict(world.faults.add(**_body(request)))


def _clear_faults(world: World, request: Request) -> dict[str, Any]:
    world.faults.clear()
    return {"faults": 0}


def _requests(world: World, request: Request) -> list[dict[str, Any]]:
    face = request.args.get("face")
    return [asdict(each) for each in list(world.requests) if face in (None, each.face)]


VIEWS: dict[str, Callable[..., Any]] = {
    "health": _health,
    "directory": _directory,
    "call": _call,
    "absences": _absences,
    "calendar": _calendar,
    "book": _book,
    "change": _change,
    "delete": _delete,
    "choice": _choice,
    "set_administrator": _set_administrator,
    "end_subscription": _end_subscription,
    "add_fault": _add_fault,
    "clear_faults": _clear_faults,
    "requests": _requests,
}
