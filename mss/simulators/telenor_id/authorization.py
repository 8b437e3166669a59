"""What a browser brings to `authorize`, and where it is sent back (RFC 6749 4.1, OpenID Connect Core 3.1.2).

Who asks and where the answer goes is judged first: an answer never leaves for an address that is not registered.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from ..addresses import Addresses
from ..world import Secrets

SCOPES = frozenset({"openid", "profile", "email"})
PROMPTS = frozenset({"none", "login", "select_account", "consent"})
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
NOT_TAKEN = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}

Values = MultiDict[str, str]


class UntrustedError(Exception):
    """Nobody to answer: the person is told, in Swedish."""


class DeniedError(Exception):
    """An answer for the client: `error` of RFC 6749 4.1.2.1 or OpenID Connect Core 3.1.2.6."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error, description)
        self.error, self.description = error, description


@dataclass(frozen=True)
class Way:
    """The way back to the client."""

    redirect_uri: str
    state: str | None
    issuer: str

    def url(self, **answer: str) -> str:
        """With `state` as it came, and `iss` (RFC 9207)."""
        state = {} if self.state is None else {"state": self.state}
        return f"{self.redirect_uri}?{urlencode(answer | state | {'iss': self.issuer})}"


@dataclass(frozen=True)
class Authorization:
    """What is asked for. `prompt`: words of OpenID Connect."""

    scopes: frozenset[str]
    nonce: str | None
    challenge: str
    prompt: frozenset[str]


def way_back(secrets: Secrets, addresses: Addresses, values: Values) -> Way:
    """Raises UntrustedError: an unknown client, or a redirect URI that is not to the letter the registered one."""
    if values.getlist("client_id") != [secrets.telenor_id_client_id]:
        raise UntrustedError("Tjänsten som skickade dig hit är inte registrerad hos Telenor ID (client_id).")
    if values.getlist("redirect_uri") != [addresses.callback]:
        raise UntrustedError(
            f"Adressen som svaret skulle gå till är inte registrerad (redirect_uri). Registrerad: {addresses.callback}"
        )
    return Way(addresses.callback, values.get("state"), addresses.issuer)


def read(values: Values) -> Authorization:
    """Raises DeniedError."""
    _refuse_what_is_not_taken(values)
    kind = _needed(values, "response_type")
    if kind != "code":
        raise DeniedError("unsupported_response_type", "only code")
    scopes = frozenset(_needed(values, "scope").split())
    if "openid" not in scopes:
        raise DeniedError("invalid_scope", "openid is missing")
    # What is not understood is left out, as OpenID Connect has it.
    return Authorization(scopes & SCOPES, values.get("nonce"), _challenge(values), _prompt(values))


def _refuse_what_is_not_taken(values: Values) -> None:
    if twice := [name for name in values if len(values.getlist(name)) > 1]:
        raise DeniedError("invalid_request", f"more than one {', '.join(twice)}")
    for name, error in NOT_TAKEN.items():
        if name in values:
            raise DeniedError(error, f"{name} is not taken")
    if values.get("response_mode", "query") != "query":
        raise DeniedError("invalid_request", "only response_mode query")


def _needed(values: Values, name: str) -> str:
    if not (value := values.get(name, "")):
        raise DeniedError("invalid_request", f"{name} is missing")
    return value


def _challenge(values: Values) -> str:
    challenge = values.get("code_challenge", "")
    if not challenge:
        raise DeniedError("invalid_request", "code challenge required")
    if values.get("code_challenge_method") != "S256":
        raise DeniedError("invalid_request", "transform algorithm not supported")
    if not CHALLENGE.fullmatch(challenge):
        raise DeniedError("invalid_request", "not an S256 code challenge")
    return challenge


def _prompt(values: Values) -> frozenset[str]:
    prompt = frozenset(values.get("prompt", "").split())
    if prompt - PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise DeniedError("invalid_request", "prompt")
    return prompt
