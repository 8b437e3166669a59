"""Graph's front door: the token, the permission, the path, and the way it says no."""

import uuid
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ..http import Face, RefusalError, bearer, json_response
from ..token import claims_of
from ..world import World
from . import batch, calendar, subscriptions, users
from .asking import Asking

VIEWS: dict[str, Callable[..., Response]] = {
    "batch": batch.answer,
    "users": users.listing,
    "user": users.single,
    "calendar_view": calendar.calendar_view,
    "events": calendar.events,
    "event": calendar.event,
    "subscriptions": subscriptions.listing,
    "subscribe": subscriptions.create,
    "subscription": subscriptions.single,
    "renew": subscriptions.renew,
    "unsubscribe": subscriptions.delete,
    "reauthorize": subscriptions.reauthorize,
}

# The permission a view needs; `$batch` itself needs none.
PERMISSIONS = dict.fromkeys(VIEWS, "Calendars.Read") | {"users": "User.Read.All", "user": "User.Read.All"}

URLS = Map(
    [
        Rule("/v1.0/$batch", endpoint="batch", methods=["POST"]),
        Rule("/v1.0/users", endpoint="users", methods=["GET"]),
        Rule("/v1.0/users/<user>", endpoint="user", methods=["GET"]),
        Rule("/v1.0/users/<user>/calendarView", endpoint="calendar_view", methods=["GET"]),
        Rule("/v1.0/users/<user>/calendar/calendarView", endpoint="calendar_view", methods=["GET"]),
        Rule("/v1.0/users/<user>/events", endpoint="events", methods=["GET"]),
        Rule("/v1.0/users/<user>/events/<event>", endpoint="event", methods=["GET"]),
        Rule("/v1.0/subscriptions", endpoint="subscriptions", methods=["GET"]),
        Rule("/v1.0/subscriptions", endpoint="subscribe", methods=["POST"]),
        Rule("/v1.0/subscriptions/<ident>", endpoint="subscription", methods=["GET"]),
        Rule("/v1.0/subscriptions/<ident>", endpoint="renew", methods=["PATCH"]),
        Rule("/v1.0/subscriptions/<ident>", endpoint="unsubscribe", methods=["DELETE"]),
        Rule("/v1.0/subscriptions/<ident>/reauthorize", endpoint="reauthorize", methods=["POST"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
)


def face(world: World) -> Face:
    """The Graph of a world."""

    def answer(request: Request) -> Response:
        asking = Asking(world, request, _claims(world, request), graph)
        response = _dispatch(asking)
        return _labelled(request, response)

    graph = Face("graph", world, answer, lambda request, no: _labelled(request, _refuse(world, request, no)))
    return graph


def _claims(world: World, request: Request) -> dict[str, Any]:
    claims = claims_of(world, bearer(request))
    if claims is None:
        raise RefusalError(401, "InvalidAuthenticationToken", "Access token is empty, malformed or expired.")
    return claims


def _dispatch(asking: Asking) -> Response:
    try:
        endpoint, values = URLS.bind_to_environ(asking.request.environ).match()
    except NotFound as error:
        segment = asking.request.path.rpartition("/")[2]
        words = f"Resource not found for the segment '{segment}'."
        raise RefusalError(400, "BadRequest", words) from error
    if endpoint != "batch" and PERMISSIONS[endpoint] not in asking.roles:
        # Exchange and the directory have each their own word for a permission that is missing.
        code = "Authorization_RequestDenied" if endpoint.startswith("user") else "ErrorAccessDenied"
        raise RefusalError(403, code, "Access is denied. Check credentials and try again.")
    return VIEWS[endpoint](asking, **values)


def _refuse(world: World, request: Request, no: RefusalError) -> Response:
    ours = {"date": f"{world.now():%Y-%m-%dT%H:%M:%S}", "request-id": str(uuid.uuid4())}
    ours |= {"client-request-id": request.headers.get("client-request-id", ours["request-id"])}
    error = {"code": str(no.code), "message": no.message, "innerError": ours}
    answer = json_response({"error": error}, no.status)
    if no.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="", authorization_uri="/common/oauth2/authorize"'
    return answer


def _labelled(request: Request, response: Response) -> Response:
    response.headers["request-id"] = str(uuid.uuid4())
    response.headers["client-request-id"] = request.headers.get(
        "client-request-id", response.headers["request-id"]
    )
    return response
