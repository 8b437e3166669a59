"""Where a person plays with the simulated world: Spelplanen, Telefonboken, Ring; and the pages of Telenor.

Swedish. Only Mitt Företag, Mitt abonnemang and One X ask who one is, through Telenor ID.
"""

from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.routing import Map, Rule

from ..world import World
from . import calls, directory, doors, play, signin
from .page import STATIC, render

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PAGES = Map(
    [
        Rule("/", endpoint=play.play, methods=["GET", "POST"]),
        Rule("/telefonboken/", endpoint=directory.first, methods=["GET"]),
        Rule("/telefonboken/<customer>/", endpoint=directory.directory, methods=["GET"]),
        Rule("/telefonboken/<customer>/<extension>/", endpoint=directory.card, methods=["GET"]),
        Rule("/telefonboken/<customer>/<extension>/kalender/", endpoint=directory.calendar, methods=["GET"]),
        Rule("/ring/", endpoint=calls.ring, methods=["GET"]),
        Rule("/telenor-id/authorize", endpoint=signin.authorize, methods=["GET", "POST"]),
        Rule("/telenor-id/logga-in", endpoint=signin.log_in, methods=["GET", "POST"]),
        Rule("/telenor-id/logga-ut", endpoint=signin.log_out, methods=["GET", "POST"]),
        Rule("/mittforetag/", endpoint=doors.my_business, methods=["GET"]),
        Rule("/mittabonnemang/", endpoint=doors.my_subscription, methods=["GET"]),
        Rule("/onex/", endpoint=doors.one_x, methods=["GET"]),
        Rule("/onex/<name>/", endpoint=doors.place, methods=["GET"]),
    ]
)
PROBLEMS = {
    400: (
        "Det gick inte att läsa",
        "Gå tillbaka, läs in sidan igen och försök på nytt.",
    ),
    404: ("Sidan finns inte", "Kontrollera adressen, eller börja om på Spelplanen."),
    405: ("Så går det inte att göra här", "Gå tillbaka och använd knapparna på sidan."),
}


def application(world: World) -> "WSGIApplication":
    """One WSGI application over `world`, for a browser on loopback. It keeps no state of its own."""

    @Request.application
    def pages(request: Request) -> Response:
        try:
            view, values = PAGES.bind_to_environ(request).match()
            return view(world, request, **values)  # type: ignore[no-any-return]
        except HTTPException as problem:
            return refused(world, request, problem)

    return SharedDataMiddleware(pages, {"/static": str(STATIC)}, cache_timeout=60)


def refused(world: World, request: Request, problem: HTTPException) -> Response:
    """A page that says what is wrong, or the redirect that routing asks for."""
    code = problem.code or 500
    if 300 <= code < 400:
        return Response.force_type(problem.get_response(), request.environ)
    title, advice = PROBLEMS.get(code, PROBLEMS[400])
    # A view that raises NotFound with its own words knows better what is missing.
    own = problem.description if problem.description != type(problem).description else None
    words = (own, PROBLEMS[404][1]) if own and isinstance(problem, NotFound) else (title, advice)
    return render(request, "problem", code, now=world.now(), title=words[0], advice=words[1])
