"""Microsoft's authority: discovery and the token endpoint for client credentials, with AADSTS errors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.x509 import load_pem_x509_certificate
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .http import Face, RefusalError, json_response
from .records import Tenant
from .world import World

AUDIENCE = "https://graph.microsoft.com"
LIFETIME = timedelta(minutes=75)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

# AADSTS number: OAuth error, status, words.
ERRORS: dict[int, tuple[str, int, str]] = {
    7000215: ("invalid_client", 401, "Invalid client secret provided."),
    7000229: ("invalid_client", 401, "The client application is missing service principal in the tenant."),
    700027: ("invalid_client", 401, "The certificate with identifier used to sign the assertion is unknown."),
    7000216: ("invalid_request", 401, "'client_assertion' or 'client_secret' is required."),
    7000112: ("unauthorized_client", 400, "The application is disabled."),
    700016: ("unauthorized_client", 400, "Application was not found in the directory."),
    90002: ("invalid_request", 400, "Tenant not found. Check to make sure you have the correct tenant ID."),
    70003: ("unsupported_grant_type", 400, "The app requested an unsupported grant type."),
    1002012: ("invalid_scope", 400, "The provided value for scope is not valid: it ends with /.default."),
    53003: ("access_denied", 400, "Access has been blocked by Conditional Access policies."),
    90033: ("temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
}

URLS = Map(
    [
        Rule("/<tenant>/v2.0/.well-known/openid-configuration", endpoint="discovery", methods=["GET"]),
        Rule("/<tenant>/oauth2/v2.0/token", endpoint="token", methods=["POST"]),
    ]
)


def face(world: World) -> Face:
    """The authority of a world."""

    def answer(request: Request) -> Response:
        endpoint, values = URLS.bind_to_environ(request.environ).match()
        tenant = world.tenant(values["tenant"])
        if tenant is None:
            raise refusal(90002)
        view = {"discovery": _discovery, "token": _token}[endpoint]
        return json_response(view(world, tenant, request))

    return Face("token", world, answer, lambda request, no: _refuse(world, no))


def refusal(number: int) -> RefusalError:
    return RefusalError(ERRORS[number][1], number)


def _refuse(world: World, no: RefusalError) -> Response:
    number = no.code if isinstance(no.code, int) else 90033
    error, _, words = ERRORS.get(number, ("invalid_request", 400, "The request failed."))
    trace = {"trace_id": world.new_id(), "correlation_id": world.new_id()}
    at = f"{world.now():%Y-%m-%d %H:%M:%SZ}"
    description = f"AADSTS{number}: {words} Trace ID: {trace['trace_id']} Timestamp: {at}"
    answer = {"error": error, "error_description": description, "error_codes": [number], "timestamp": at}
    uri = {"error_uri": f"https://login.microsoftonline.com/error?code={number}"}
    return json_response(answer | trace | uri, no.status)


def _discovery(world: World, tenant: Tenant, request: Request) -> dict[str, Any]:
    base = f"{request.host_url}{tenant.id}"
    return {
        "issuer": f"https://login.microsoftonline.com/{tenant.id}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
    }


def _token(world: World, tenant: Tenant, request: Request) -> dict[str, Any]:
    form = request.form
    if form.get("grant_type") != "client_credentials":
        raise refusal(70003)
    if not form.get("scope", "").endswith("/.default"):
        raise refusal(1002012)
    if form.get("client_id") != world.secrets.client_id:
        raise refusal(700016)
    _let_in(world, request)
    if not tenant.consented:
        raise refusal(7000229)
    if tenant.disabled:
        raise refusal(7000112)
    seconds = int(LIFETIME.total_seconds())
    token = issue(world, tenant)
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


def _let_in(world: World, request: Request) -> None:
    form = request.form
    if form.get("client_assertion_type") == ASSERTION:
        _check_assertion(world, form.get("client_assertion", ""), request.base_url)
    elif "client_secret" not in form:
        raise refusal(7000216)
    elif form["client_secret"] != world.secrets.client_secret:
        raise refusal(7000215)


def _check_assertion(world: World, assertion: str, audience: str) -> None:
    """Signed by one of the registered certificates, for this endpoint, by the application, not expired."""
    for pem in world.secrets.certificates:
        key: Any = load_pem_x509_certificate(pem.encode()).public_key()
        us = world.secrets.client_id
        must: Any = {"require": ["exp", "aud", "iss", "sub", "jti"]}
        try:
            jwt.decode(assertion, key, ["PS256", "RS256"], must, audience=audience, issuer=us, subject=us)
        except jwt.PyJWTError:
            continue
        return
    raise refusal(700027)


def issue(world: World, tenant: Tenant) -> str:
    """An access token for Graph: it works until it expires, whatever becomes of the consent."""
    claims = {
        "aud": AUDIENCE,
        "tid": tenant.id,
        "appid": world.secrets.client_id,
        "roles": list(tenant.roles),
        "exp": int((world.now() + LIFETIME).timestamp()),
        "uti": world.new_id(),
    }
    return jwt.encode(claims, world.secrets.signing_key, "HS256")


def claims_of(world: World, token: str | None) -> dict[str, Any] | None:
    """What a token of ours says, or None when it is not ours or over by the world's clock."""
    # The world's clock may differ from the machine's, so the library must not judge the time.
    options: Any = {"verify_exp": False}
    try:
        claims = jwt.decode(
            token or "", world.secrets.signing_key, ["HS256"], audience=AUDIENCE, options=options
        )
    except jwt.PyJWTError:
        return None
    return claims if _time(claims) > world.now() else None


def _time(claims: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(claims["exp"], UTC)
