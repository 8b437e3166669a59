"""The One X API over HTTP: bearer token, problem details, cursors and limits of the written contract."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .changes import MalformedError
from .http import Face, RefusalError, bearer, json_body, json_response
from .pbx import Customer, Extension, HeldAbsence, Membership, Pbx
from .world import World

T = TypeVar("T")

MOST_CHANGES = 500
DEFAULT_PAGE = 100
MOST_PAGE = 500

URLS = Map(
    [
        Rule("/v1/persons/<path:ident>", endpoint="person", methods=["GET"]),
        Rule("/v1/customers/<customer>", endpoint="customer", methods=["GET"]),
        Rule("/v1/customers/<customer>/extensions", endpoint="extensions", methods=["GET"]),
        Rule("/v1/customers/<customer>/reasons", endpoint="reasons", methods=["GET"]),
        Rule("/v1/customers/<customer>/absences:apply", endpoint="apply", methods=["POST"]),
        Rule("/v1/customers/<customer>/absences", endpoint="absences", methods=["GET"]),
    ]
)


def face(world: World) -> Face:
    """The One X API of a world."""

    def answer(request: Request) -> Response:
        if bearer(request) != world.secrets.onex_token:
            raise RefusalError(401, "unauthorized", "The token is not accepted.")
        endpoint, values = URLS.bind_to_environ(request.environ).match()
        if "customer" in values and values["customer"] not in world.pbx.customers:
            raise RefusalError(404, "unknown_customer", "No such customer.")
        return _labelled(request, json_response(VIEWS[endpoint](world, request, **values)))

    return Face("onex", world, answer, lambda request, no: _labelled(request, _refuse(no)))


def _refuse(no: RefusalError) -> Response:
    # Routing and faults speak in HTTP's words; a problem's code is in ours.
    code = str(no.code) if str(no.code).islower() else HTTPStatus(no.status).phrase.lower().replace(" ", "_")
    title = HTTPStatus(no.status).phrase
    problem = {"type": "about:blank", "title": title, "status": no.status, "detail": no.message, "code": code}
    return json_response(problem, no.status, "application/problem+json")


def _labelled(request: Request, response: Response) -> Response:
    if asked := request.headers.get("X-Request-ID"):
        response.headers["X-Request-ID"] = asked
    return response


def _person(world: World, request: Request, ident: str) -> dict[str, Any]:
    person = world.pbx.persons.get(ident)
    if person is None:
        raise RefusalError(404, "unknown_person", "No One X subscription.")
    shown = {name: getattr(person, name) for name in ("telenor_id", "name", "email", "language")}
    return shown | {"memberships": [_membership(world.pbx, each) for each in person.memberships]}


def _membership(pbx: Pbx, each: Membership) -> dict[str, Any]:
    extension = pbx.extensions.get(each.extension_id or "")
    return {
        "customer": _show_customer(pbx.customers[each.customer_id]),
        "administrator": each.administrator,
        "extension": _show_extension(extension) if extension else None,
    }


def _show_customer(customer: Customer) -> dict[str, Any]:
    return dict(vars(customer))


def _show_extension(each: Extension) -> dict[str, Any]:
    return {name: getattr(each, name) for name in ("id", "number", "name", "email", "services")}


def _customer(world: World, request: Request, customer: str) -> dict[str, Any]:
    return _show_customer(world.pbx.customers[customer])


def _extensions(world: World, request: Request, customer: str) -> dict[str, Any]:
    email, q = request.args.get("email"), request.args.get("q", "").lower()
    with world.lock:
        every = [each for each in world.pbx.extensions.values() if each.customer_id == customer]
    if email is not None:
        every = [each for each in every if (each.email or "").lower() == email.lower()]
    found = [each for each in every if q in f"{each.name}\n{each.email or ''}\n{each.number}".lower()]
    items, following = _page(request, sorted(found, key=lambda each: each.id))
    return {"items": [_show_extension(each) for each in items], "next": following}


def _reasons(world: World, request: Request, customer: str) -> dict[str, Any]:
    reasons = world.pbx.reasons.items()
    return {"items": [{"code": code, "label": {"sv": sv, "en": en}} for code, (sv, en) in reasons]}


def _absences(world: World, request: Request, customer: str) -> dict[str, Any]:
    found = world.pbx.held(customer, request.args.get("extension"))
    items, following = _page(request, sorted(found, key=lambda each: each.change.key))
    return {"items": [show_absence(each) for each in items], "next": following}


def show_absence(held: HeldAbsence) -> dict[str, Any]:
    """An Absence as it is read back."""
    change = held.change
    content = {name: _time(value) for name, value in vars(change.absence).items()}
    shown = {"key": change.key, "extension": change.extension, "version": change.version} | content
    return shown | ({"overridden": True} if held.overridden else {})


def _time(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _apply(world: World, request: Request, customer: str) -> dict[str, Any]:
    changes = _changes(request)
    rejected = {place: code for place, each in enumerate(changes) if (code := _ordered(world, each))}
    try:
        going = [each for place, each in enumerate(changes) if place not in rejected]
        results = iter(world.pbx.apply(customer, going))
    except MalformedError as error:
        raise RefusalError(422, "malformed", str(error)) from error
    return {
        "results": [
            _rejected(each, rejected[place]) if place in rejected else next(results)
            for place, each in enumerate(changes)
        ]
    }


def _changes(request: Request) -> list[Any]:
    try:
        body = json_body(request)
    except ValueError as error:
        raise RefusalError(422, "malformed", "The body is not JSON.") from error
    changes = body.get("changes") if isinstance(body, dict) else None
    if not isinstance(changes, list):
        raise RefusalError(422, "malformed", "changes is a list.")
    if len(changes) > MOST_CHANGES:
        raise RefusalError(413, "too_many_changes", f"At most {MOST_CHANGES} changes.")
    return changes


def _ordered(world: World, change: Any) -> str | None:
    """The rejection a fault ordered for this change."""
    key = change.get("key", "") if isinstance(change, dict) else ""
    fault = world.faults.strike("onex", "POST", str(key), part=True)
    return str(fault.code) if fault and fault.code else None


def _rejected(change: dict[str, Any], code: str) -> dict[str, Any]:
    detail = "a fault was ordered"
    return {"key": change.get("key"), "status": "rejected", "code": code, "detail": detail, "held_version": 0}


def _page(request: Request, found: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """The items this page shows, and the cursor of the next one."""
    limit = _number(request.args.get("limit", str(DEFAULT_PAGE)), 1, MOST_PAGE)
    start = _place(request.args.get("cursor"))
    after = start + limit
    return found[start:after], _cursor(after) if after < len(found) else None


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"from-{place}".encode()).decode()


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor).decode().removeprefix("from-")
    except (binascii.Error, UnicodeError) as error:
        raise RefusalError(422, "invalid_cursor", "The cursor is not ours.") from error
    return _number(text, 0, 10**9)


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise RefusalError(422, "invalid_limit", f"A number from {least} to {most}.")
    return int(text)


VIEWS: dict[str, Callable[..., dict[str, Any]]] = {
    "person": _person,
    "customer": _customer,
    "extensions": _extensions,
    "reasons": _reasons,
    "absences": _absences,
    "apply": _apply,
}
