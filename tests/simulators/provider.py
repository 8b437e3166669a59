"""Telenor ID seen from both sides, in process, with three people: an administrator, a colleague, a stranger."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import jwt
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from mss.simulators import pages
from mss.simulators.application import application
from mss.simulators.telephony import Membership, TelenorPerson
from mss.simulators.world import World

from .conftest import Clock

CALLBACK = "http://localhost:8000/accounts/oidc/telenor-id/login/callback/"
VERIFIER = "a-verifier-of-at-least-forty-three-characters~."
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "microsoft-sync",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile email",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
REDEEMED = {
    "grant_type": "authorization_code",
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
    "client_id": "microsoft-sync",
    "client_secret": "simulated-telenor-id-secret",
}


def without(values: dict[str, str], *names: str, **more: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names} | more


def answer_of(response: TestResponse) -> dict[str, str]:
    """What the browser carries back to the client."""
    assert response.status_code == 303, response.text
    url, _, query = response.location.partition("?")
    assert url == CALLBACK
    return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))


def basic(name: str, secret: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def refused(response: TestResponse) -> tuple[int, str]:
    """An error of the token endpoint."""
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content_type == "application/json"
    return response.status_code, response.json["error"]


@dataclass
class Provider:
    """Telenor ID from both sides: a browser at its pages, and a client's server at its face."""

    world: World
    clock: Clock
    browser: Client = field(init=False)
    server: Client = field(init=False)

    def __post_init__(self) -> None:
        self.browser, self.server = Client(pages.application(self.world)), Client(application(self.world))

    def ask(self, asked: Any = ASKED, **more: str) -> TestResponse:
        query = MultiDict(asked)
        query.update(more)
        return self.browser.get("/telenor-id/authorize", query_string=query)

    def pick(self, person: str = "anna", **more: str) -> dict[str, str]:
        asked = {**ASKED, **more}
        response = self.browser.post("/telenor-id/authorize", query_string=asked, data={"person": person})
        return answer_of(response)

    def code(self, **more: str) -> str:
        return self.pick(**more)["code"]

    def redeem(self, code: str, form: dict[str, str] = REDEEMED, **headers: str) -> TestResponse:
        return self.server.post("/telenor-id/token", data={"code": code, **form}, headers=headers)

    def tokens(self, **more: str) -> dict[str, Any]:
        response = self.redeem(self.code(**more))
        assert response.status_code == 200, response.text
        return response.json

    def userinfo(self, token: str) -> TestResponse:
        return self.server.get("/telenor-id/userinfo", headers={"Authorization": f"Bearer {token}"})

    def claims(self, id_token: str) -> dict[str, Any]:
        """Of a token whose signature is by a published key; the clock stands still, so time is not judged."""
        keys = jwt.PyJWKSet.from_dict(self.server.get("/telenor-id/jwks").json)
        key = keys[jwt.get_unverified_header(id_token)["kid"]]
        no_clock = {"verify_exp": False, "verify_iat": False}
        return jwt.decode(id_token, key, ["RS256"], no_clock, audience="microsoft-sync")


def provider_of(world: World, clock: Clock) -> Provider:
    """Anna administers Contoso, Bo works there, Olle has no subscription."""
    for ident, name, administrator in (("anna", "Anna Berg", True), ("bo", "Bo Ek", False)):
        rights = [Membership("contoso", administrator)]
        world.pbx.persons[ident] = TelenorPerson(ident, name, f"{ident}@contoso.test", "sv", rights)
    world.telenor_id.others["olle"] = TelenorPerson("olle", "Olle Ny", "olle@mejl.test")
    return Provider(world, clock)
