"""Telenor ID on the network, with the product told where it is; and rights that change while somebody is in."""

import json
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from werkzeug.test import TestResponse

from mss.simulators import pages
from mss.simulators.pbx import Customer
from mss.simulators.server import Served, environment, serve
from mss.simulators.telenor_id import people
from mss.simulators.telephony import TelenorPerson
from mss.simulators.world import World

from .conftest import Clock
from .provider import ASKED, Provider, answer_of, provider_of
from .signin import pick


@pytest.fixture
def provider(world: World, clock: Clock) -> Provider:
    return provider_of(world, clock)


class TestRights:
    def send(self, provider: Provider, person: str, **body: Any) -> TestResponse:
        return provider.server.post(
            f"/sim/persons/{person}", data=json.dumps(body), content_type="application/json"
        )

    def of(self, provider: Provider, person: str) -> list[tuple[str, bool]]:
        token = {"Authorization": f"Bearer {provider.world.secrets.onex_token}"}
        said = provider.server.get(f"/v1/persons/{person}", headers=token)
        if said.status_code == 404:
            return []
        return [(each["customer"]["id"], each["administrator"]) for each in said.json["memberships"]]

    def test_they_can_be_taken_and_given(self, provider: Provider) -> None:
        self.send(provider, "anna", customer="contoso", administrator=False)
        self.send(provider, "bo", customer="contoso", administrator=True)
        assert self.of(provider, "anna") == [("contoso", False)]
        assert self.of(provider, "bo") == [("contoso", True)]

    def test_those_of_a_customer_one_did_not_belong_to_are_added(self, provider: Provider) -> None:
        provider.world.pbx.customers["fabrikam"] = Customer("fabrikam", "Fabrikam AB", "559900-2009")
        self.send(provider, "anna", customer="fabrikam", administrator=True)
        assert self.of(provider, "anna") == [("contoso", True), ("fabrikam", True)]

    def test_who_lost_the_subscription_is_unknown_to_one_x_and_can_still_sign_in(
        self, provider: Provider
    ) -> None:
        provider.pick()
        assert provider.server.delete("/sim/persons/anna").status_code == 200
        assert self.of(provider, "anna") == []
        assert "code" in answer_of(provider.ask(prompt="none"))

    @pytest.mark.parametrize(
        ("person", "body", "status"),
        [
            ("eve", {"customer": "contoso", "administrator": True}, 404),
            ("olle", {"customer": "contoso", "administrator": True}, 404),
            ("anna", {"customer": "nobody", "administrator": True}, 404),
            ("anna", {"customer": "contoso", "administrator": "no"}, 400),
        ],
    )
    def test_what_cannot_be_done_is_said(
        self, provider: Provider, person: str, body: dict[str, Any], status: int
    ) -> None:
        assert self.send(provider, person, **body).status_code == status
        assert self.of(provider, "anna") == [("contoso", True)]

    def test_nobody_can_be_removed_twice(self, provider: Provider) -> None:
        assert [provider.server.delete("/sim/persons/anna").status_code for _ in "ab"] == [200, 404]

    def test_a_change_is_worth_saving(self, provider: Provider) -> None:
        before = provider.world.revision
        people.set_administrator(provider.world, "bo", "contoso", True)
        assert provider.world.revision > before


class Stage:
    """Passes every question on to the world of the moment, as the one of the whole suite does."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)


class TestOnTheNetwork:
    @pytest.fixture
    def served(self, provider: Provider) -> Iterator[Served]:
        stage: Any = Stage(provider.world)
        served = serve(stage, pages=pages.application(stage), product="http://sync.test:8000/")
        yield served
        served.stop()

    def configuration(self, served: Served) -> dict[str, Any]:
        trusted = ssl.create_default_context(cafile=str(served.ca_file))
        issuer = environment(served)["TELENOR_ID_ISSUER"]
        with httpx.Client(verify=trusted, trust_env=False) as http:
            return http.get(f"{issuer}/.well-known/openid-configuration").json()

    def sign_in(self, served: Served) -> str:
        callback = f"{served.addresses.product}/accounts/oidc/telenor-id/login/callback/"
        asked = httpx.QueryParams({**ASKED, "redirect_uri": callback})
        return pick(f"{self.configuration(served)['authorization_endpoint']}?{asked}", "anna")

    def test_people_are_sent_to_the_pages_and_servers_to_the_faces(self, served: Served) -> None:
        said, faces = self.configuration(served), served.urls["faces"]
        assert said["authorization_endpoint"] == f"{served.urls['pages']}/telenor-id/authorize"
        assert (said["issuer"], said["token_endpoint"]) == (
            f"{faces}/telenor-id",
            f"{faces}/telenor-id/token",
        )

    def test_the_product_is_told_where_all_of_it_is(self, served: Served) -> None:
        told = environment(served)
        assert told["ONEX_WEB_URL"] == f"{served.urls['pages']}/onex/"
        assert (told["TELENOR_ID_CLIENT_ID"], told["TELENOR_ID_CLIENT_SECRET"]) == (
            "microsoft-sync",
            "simulated-telenor-id-secret",
        )

    def test_a_person_signs_in(self, served: Served) -> None:
        back = urlsplit(self.sign_in(served))
        answer = dict(parse_qsl(back.query))
        assert back.netloc == "sync.test:8000"
        assert answer["iss"] == f"{served.urls['faces']}/telenor-id"
        assert answer["code"] in served.world.telenor_id.codes

    def test_the_product_may_be_told_later_and_worlds_may_change(self, served: Served) -> None:
        served.addresses.product = "http://127.0.0.1:9999"
        later = World()
        later.pbx.persons["anna"] = TelenorPerson("anna", "Anna Berg", "anna@contoso.test")
        served.world.world = later
        assert self.sign_in(served).startswith("http://127.0.0.1:9999/accounts/oidc/")
        assert len(later.telenor_id.codes) == 1
