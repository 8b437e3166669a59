"""What servers ask Telenor ID, under `/telenor-id/`: discovery, keys, tokens, and who somebody is."""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ..addresses import addresses_of
from ..http import Face, RefusalError, bearer, json_response
from ..world import World
from . import people
from .authorization import PROMPTS, SCOPES
from .memory import TOKEN_LIVES, Grant
from .signing import ALGORITHM, base64url, key_set, sign

NAME = "telenor-id"
ID_TOKEN_LIVES = 600  # seconds
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# What went wrong in HTTP's words, in OAuth's.
ERRORS = {429: "temporarily_unavailable", 503: "temporarily_unavailable"}

URLS = Map(
    [
        Rule("/telenor-id/.well-known/openid-configuration", endpoint="discovery", methods=["GET"]),
        Rule("/telenor-id/jwks", endpoint="jwks", methods=["GET"]),
        Rule("/telenor-id/token", endpoint="token", methods=["POST"]),
        Rule("/telenor-id/userinfo", endpoint="userinfo", methods=["GET", "POST"]),
    ]
)


def face(world: World) -> Face:
    """The provider of a world."""

    def answer(request: Request) -> Response:
        endpoint, _ = URLS.bind_to_environ(request.environ).match()
        response = json_response(VIEWS[endpoint](world, request))
        if endpoint in ("token", "userinfo"):
            response.headers.update(NO_STORE)
        return response

    return Face(NAME, world, answer, _refuse)


def _refuse(request: Request, no: RefusalError) -> Response:
    """RFC 6749 5.2; where a bearer token was the trouble, the header of RFC 6750 3 alone."""
    code = str(no.code)
    if not code.islower():
        code = ERRORS.get(no.status, "server_error" if no.status >= 500 else "invalid_request")
    if request.path.endswith("/userinfo") and no.status == 401:
        why = f', error="{code}"' if bearer(request) else ""
        return Response(headers={"WWW-Authenticate": f'Bearer realm="Telenor ID"{why}', **NO_STORE})
    answer = json_response({"error": code, "error_description": no.message})
    answer.headers.update(NO_STORE)
    if code == "invalid_client":
        answer.headers["WWW-Authenticate"] = 'Basic realm="Telenor ID"'
    return answer


def _discovery(world: World, request: Request) -> dict[str, Any]:
    addresses = addresses_of(request)
    issuer = addresses.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{addresses.pages}/telenor-id/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"),
            *("name", "locale", "email", "email_verified"),
        ],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": sorted(PROMPTS),
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _jwks(world: World, request: Request) -> dict[str, Any]:
    return key_set(world)


def _token(world: World, request: Request) -> dict[str, Any]:
    form = request.form
    if any(len(form.getlist(name)) > 1 for name in form):
        raise RefusalError(400, "invalid_request", "a parameter came twice")
    client_id = _client(world, request)
    if _needed(request, "grant_type") != "authorization_code":
        raise RefusalError(400, "unsupported_grant_type", "only authorization_code")
    code = _needed(request, "code")
    with world.lock:
        world.touch()
        grant = _redeemed(world, request, client_id, code)
        token = world.telenor_id.give_token(code, grant, world.now())
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIVES.total_seconds()),
        "scope": " ".join(sorted(grant.scopes)),
        "id_token": sign(world, _id_claims(world, addresses_of(request).issuer, grant)),
    }


def _needed(request: Request, name: str) -> str:
    if not (value := request.form.get(name, "")):
        raise RefusalError(400, "invalid_request", f"{name} is missing")
    return value


def _client(world: World, request: Request) -> str:
    """Who asks, by client_secret_basic or client_secret_post, never both."""
    ways = list(_credentials(request))
    if len(ways) > 1:
        raise RefusalError(400, "invalid_request", "more than one way to authenticate")
    known = world.secrets.telenor_id_client_id, world.secrets.telenor_id_client_secret
    if not ways or not all(map(_same, ways[0], known)):
        raise RefusalError(401, "invalid_client", "unknown client or wrong secret")
    if request.form.get("client_id", known[0]) != known[0]:
        raise RefusalError(400, "invalid_request", "client_id is another's")
    return known[0]


def _credentials(request: Request) -> Iterator[tuple[str, str]]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (BinasciiError, UnicodeError) as error:
            raise RefusalError(401, "invalid_client", "not Basic") from error
        # RFC 6749 2.3.1: both are form-encoded first.
        yield unquote_plus(name), unquote_plus(secret)
    if "client_secret" in request.form:
        yield request.form.get("client_id", ""), request.form["client_secret"]


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


def _redeemed(world: World, request: Request, client_id: str, code: str) -> Grant:
    """What the code was given for. Whatever is wrong, a code that was shown here is spent."""
    grant = world.telenor_id.take_code(code, world.now())
    form = request.form
    verifier = form.get("code_verifier", "")
    if (
        grant is None
        or people.find(world, grant.session.telenor_id) is None
        or (grant.client_id, grant.redirect_uri) != (client_id, form.get("redirect_uri"))
        or not VERIFIER.fullmatch(verifier)
        or not _same(base64url(hashlib.sha256(verifier.encode()).digest()), grant.challenge)
    ):
        # Not which of them: that would help a thief alone.
        raise RefusalError(400, "invalid_grant", "code, redirect_uri or code_verifier")
    return grant


def _id_claims(world: World, issuer: str, grant: Grant) -> dict[str, Any]:
    now = int(world.now().timestamp())
    claims = {
        "iss": issuer,
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_LIVES,
        "auth_time": int(grant.session.at.timestamp()),
    }
    nonce = {} if grant.nonce is None else {"nonce": grant.nonce}
    return claims | nonce | _person_claims(world, grant)


def _person_claims(world: World, grant: Grant) -> dict[str, Any]:
    person = people.find(world, grant.session.telenor_id)
    assert person
    claims: dict[str, Any] = {"sub": person.telenor_id}
    if "profile" in grant.scopes:
        claims |= {"name": person.name, "locale": person.language}
    if "email" in grant.scopes:
        claims |= {"email": person.email, "email_verified": True}
    return claims


def _userinfo(world: World, request: Request) -> dict[str, Any]:
    token = world.telenor_id.tokens.get(bearer(request) or "")
    if (
        token is None
        or world.now() >= token.ends_at
        or people.find(world, token.grant.session.telenor_id) is None
    ):
        raise RefusalError(401, "invalid_token", "no such token, or it is over")
    return _person_claims(world, token.grant)


VIEWS: dict[str, Callable[[World, Request], dict[str, Any]]] = {
    "discovery": _discovery,
    "jwks": _jwks,
    "token": _token,
    "userinfo": _userinfo,
}
