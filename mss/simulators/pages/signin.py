"""Telenor ID in the browser: `authorize`, and signing in and out without a client."""

from collections.abc import Callable
from urllib.parse import urlsplit

from werkzeug import Request, Response
from werkzeug.datastructures import MultiDict

from ..addresses import Addresses, addresses_of
from ..http import Face, RefusalError
from ..telenor_id import authorization, people
from ..telenor_id.authorization import Authorization, DeniedError, UntrustedError, Values, Way
from ..telenor_id.face import NAME
from ..telenor_id.memory import Grant, Session
from ..telephony import TelenorPerson
from ..world import World
from .page import HEADERS, render, see
from .picker import OWN, choose

COOKIE = "telenor_id"


def faulty(view: Callable[[World, Request], Response]) -> Callable[[World, Request], Response]:
    """The view as a part of the face `telenor-id`: seen among the requests, and struck by its faults."""

    def faced(world: World, request: Request) -> Response:
        def refuse(request: Request, no: RefusalError) -> Response:
            words = {"title": "Telenor ID svarar inte just nu", "advice": "Försök igen om en stund."}
            return render(request, "problem", no.status, now=world.now(), **words)

        return Face(NAME, world, lambda request: view(world, request), refuse)(request)

    return faced


@faulty
def authorize(world: World, request: Request) -> Response:
    """GET, and POST when a person was picked. Answers the client by a redirect, a stranger by a page."""
    values: Values = MultiDict(
        [each for each in request.values.items(multi=True) if each[0] not in OWN]  # type: ignore[misc]
    )
    try:
        way = authorization.way_back(world.secrets, addresses_of(request), values)
    except UntrustedError as no:
        words = {"title": "Det går inte att logga in", "advice": str(no)}
        return render(request, "problem", 400, now=world.now(), **words)
    try:
        return answer(world, request, way, values)
    except DeniedError as no:
        return leave(way.url(error=no.error, error_description=no.description))


def answer(world: World, request: Request, way: Way, values: Values) -> Response:
    """A code for whoever is signed in or was picked, or the page to pick on. Raises DeniedError."""
    asked = authorization.read(values)
    if "cancel" in request.form:
        raise DeniedError("access_denied", "the person cancelled")
    if person := picked(world, request):
        secret, session = sign_in(world, person)
        return remember(leave(granted(world, way, asked, session)), secret)
    current = session_of(world, request)
    if current and not asked.prompt & {"login", "select_account"}:
        return leave(granted(world, way, asked, current))
    if "none" in asked.prompt:
        raise DeniedError("login_required", "nobody is signed in")
    page = choose(world, request, list(values.items(multi=True)), client="Microsoft Sync")
    # Chromium holds the redirect that answers a form to form-action too.
    policy = HEADERS["Content-Security-Policy"]
    allowed = f"form-action 'self' {origin(addresses_of(request))}"
    page.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", allowed)
    return page


def granted(world: World, way: Way, asked: Authorization, session: Session) -> str:
    """The way back with a code."""
    with world.lock:
        code = world.telenor_id.give_code(
            Grant(
                client_id=world.secrets.telenor_id_client_id,
                redirect_uri=way.redirect_uri,
                challenge=asked.challenge,
                scopes=asked.scopes,
                nonce=asked.nonce,
                session=session,
                at=world.now(),
            )
        )
        world.touch()
    return way.url(code=code)


@faulty
def log_in(world: World, request: Request) -> Response:
    """`/telenor-id/logga-in?next=`: for Telenor's own pages, which are no clients; back to `next`, a path here."""
    target = local(request.args.get("next", ""))
    if person := picked(world, request):
        secret, _ = sign_in(world, person)
        return remember(see(target), secret)
    if "cancel" in request.form:
        return see("/")
    return choose(world, request, [("next", target)])


def log_out(world: World, request: Request) -> Response:
    """`/telenor-id/logga-ut`: the session is over, here and for whoever has its cookie."""
    with world.lock:
        world.telenor_id.sessions.pop(request.cookies.get(COOKIE, ""), None)
        world.touch()
    response = render(request, "signed_out", now=world.now())
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def session_of(world: World, request: Request) -> Session | None:
    """Who is signed in, unless the account is gone."""
    session = world.telenor_id.sessions.get(request.cookies.get(COOKIE, ""))
    return session if session and people.find(world, session.telenor_id) else None


def picked(world: World, request: Request) -> TelenorPerson | None:
    return people.find(world, request.form.get("person", ""))


def sign_in(world: World, person: TelenorPerson) -> tuple[str, Session]:
    with world.lock:
        world.touch()
        return world.telenor_id.sign_in(person.telenor_id, world.now())


def remember(response: Response, secret: str) -> Response:
    response.set_cookie(COOKIE, secret, httponly=True, samesite="Lax")
    return response


def leave(url: str) -> Response:
    """303 to another site."""
    return Response(status=303, headers={**HEADERS, "Location": url})


def origin(addresses: Addresses) -> str:
    parts = urlsplit(addresses.product)
    return f"{parts.scheme}://{parts.netloc}"


def local(path: str) -> str:
    """The path, if it is one on this site; else One X."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours else "/onex/"
