"""All faces behind one address, told apart by the path."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from . import control, graph, onex, token
from .http import json_response
from .telenor_id import face as telenor_id
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def application(world: World) -> "WSGIApplication":
    """One WSGI application: `/v1.0/` Graph, `/v1/` One X, `/telenor-id/`, `/sim/` controls, else Microsoft's
    authority."""
    faces: dict[str, Callable[[Request], Response]] = {
        "v1.0": graph.face(world),
        "v1": onex.face(world),
        "telenor-id": telenor_id.face(world),
        "sim": lambda request: control.answer(world, request),
    }
    authority = token.face(world)

    @Request.application
    def simulators(request: Request) -> Response:
        first = request.path.split("/")[1]
        try:
            return faces.get(first, authority)(request)
        except HTTPException as problem:
            return json_response({"error": problem.description}, problem.code or 500)

    return simulators
