"""Telenor ID to the letter of OpenID Connect: what it says of itself, who gets a code, and who does not."""

import pickle
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from mss.simulators import pages
from mss.simulators.application import application
from mss.simulators.world import World

from .conftest import NOW, Clock
from .provider import ASKED, CALLBACK, REDEEMED, VERIFIER, Provider, answer_of, basic, provider_of, without


@pytest.fixture
def provider(world: World, clock: Clock) -> Provider:
    return provider_of(world, clock)


class TestDiscovery:
    def test_it_says_what_is_there_and_what_is_not(self, provider: Provider) -> None:
        said = provider.server.get("/telenor-id/.well-known/openid-configuration").json
        assert said["issuer"] == "http://localhost/telenor-id"
        assert said["response_types_supported"] == ["code"]
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert said["authorization_response_iss_parameter_supported"] is True
        # Left out it would mean yes.
        assert said["request_uri_parameter_supported"] is False

    def test_the_key_is_public_and_the_same_each_time(self, provider: Provider) -> None:
        first, second = (provider.server.get("/telenor-id/jwks").json for _ in "ab")
        assert first == second
        assert {*first["keys"][0]} == {"kty", "use", "alg", "kid", "n", "e"}

    def test_the_key_is_kept_with_the_world(self, provider: Provider) -> None:
        before = provider.server.get("/telenor-id/jwks").json
        kept = pickle.loads(pickle.dumps(provider.world))
        assert Client(application(kept)).get("/telenor-id/jwks").json == before

    def test_another_world_has_another_key(self, provider: Provider) -> None:
        other = Client(application(World())).get("/telenor-id/jwks").json
        assert provider.server.get("/telenor-id/jwks").json != other

    def test_a_world_kept_without_telenor_id_gets_one(self, world: World) -> None:
        state = world.__getstate__()
        del state["telenor_id"]
        old = World.__new__(World)
        old.__setstate__(state)
        assert Provider(old, Clock()).ask().status_code == 200


class TestSigningIn:
    def test_the_answer_carries_code_state_and_issuer(self, provider: Provider) -> None:
        answer = provider.pick()
        assert {*answer} == {"code", "state", "iss"}
        assert (answer["state"], answer["iss"]) == ("s", "http://localhost/telenor-id")

    @pytest.mark.parametrize(
        "state", ["a b+c&d=e", 'åäö"<>%41#?', "æ€ 🎉", "%", "x=1&iss=http://evil.test", ""]
    )
    def test_the_state_comes_back_to_the_letter(self, provider: Provider, state: str) -> None:
        answer = provider.pick(state=state)
        assert (answer["state"], answer["iss"]) == (state, "http://localhost/telenor-id")

    def test_no_state_is_no_state(self, provider: Provider) -> None:
        provider.pick()
        assert "state" not in answer_of(provider.ask(without(ASKED, "state")))

    def test_the_code_gives_a_token_that_says_who(self, provider: Provider) -> None:
        code = provider.code(nonce="n-1")
        provider.clock.now += timedelta(seconds=5)
        response = provider.redeem(code)
        tokens = response.json
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
        at = int(NOW.timestamp())
        assert provider.claims(tokens["id_token"]) == {
            "iss": "http://localhost/telenor-id",
            "sub": "anna",
            "aud": "microsoft-sync",
            "iat": at + 5,
            "exp": at + 605,
            "auth_time": at,
            "nonce": "n-1",
            "name": "Anna Berg",
            "locale": "sv",
            "email": "anna@contoso.test",
            "email_verified": True,
        }

    def test_every_claim_is_one_that_discovery_names(self, provider: Provider) -> None:
        said = provider.server.get("/telenor-id/.well-known/openid-configuration").json
        claims = provider.claims(provider.tokens(nonce="n")["id_token"])
        assert {*claims} == {*said["claims_supported"]}

    @pytest.mark.parametrize(
        ("scope", "more"),
        [
            ("openid", set()),
            ("openid profile", {"name", "locale"}),
            ("email openid address", {"email", "email_verified"}),
        ],
    )
    def test_only_what_the_scope_asks_for_is_said(
        self, provider: Provider, scope: str, more: set[str]
    ) -> None:
        tokens = provider.tokens(scope=scope)
        claims = provider.claims(tokens["id_token"])
        assert {*claims} == {"iss", "sub", "aud", "iat", "exp", "auth_time"} | more
        assert {*provider.userinfo(tokens["access_token"]).json} == {"sub"} | more

    def test_the_secret_may_come_as_basic_form_encoded(self, provider: Provider) -> None:
        provider.world.secrets.telenor_id_client_secret = "a:b %+å"
        form = without(REDEEMED, "client_secret", "client_id")
        assert provider.redeem(provider.code(), form, **basic("microsoft-sync", "a:b %+å")).status_code == 200

    def test_who_is_signed_in_goes_straight_back(self, provider: Provider) -> None:
        provider.pick("bo")
        tokens = provider.redeem(answer_of(provider.ask())["code"]).json
        assert provider.claims(tokens["id_token"])["sub"] == "bo"

    def test_another_browser_is_not_signed_in(self, provider: Provider) -> None:
        provider.pick()
        assert Provider(provider.world, provider.clock).ask().status_code == 200

    def test_the_cookie_is_unguessable_and_out_of_reach(self, provider: Provider) -> None:
        cookies = [
            provider.browser.post(
                "/telenor-id/authorize", query_string=ASKED, data={"person": "anna"}
            ).headers["Set-Cookie"]
            for _ in "ab"
        ]
        values = [each.split(";")[0].removeprefix("telenor_id=") for each in cookies]
        assert values[0] != values[1]
        assert all(len(each) >= 43 for each in values)
        assert all("HttpOnly" in each and "SameSite=Lax" in each for each in cookies)

    def test_a_session_is_kept_with_the_world(self, provider: Provider) -> None:
        cookie = provider.browser.post(
            "/telenor-id/authorize", query_string=ASKED, data={"person": "anna"}
        ).headers["Set-Cookie"]
        kept = Client(pages.application(pickle.loads(pickle.dumps(provider.world))), use_cookies=False)
        asked = {"query_string": ASKED, "headers": {"Cookie": cookie.split(";")[0]}}
        assert kept.get("/telenor-id/authorize", **asked).status_code == 303

    @pytest.mark.parametrize("prompt", ["login", "select_account", "login select_account"])
    def test_the_client_may_insist_on_the_page(self, provider: Provider, prompt: str) -> None:
        provider.pick()
        assert provider.ask(prompt=prompt).status_code == 200

    def test_a_silent_question_is_answered_where_somebody_is_signed_in(self, provider: Provider) -> None:
        provider.pick()
        assert "code" in answer_of(provider.ask(prompt="none"))

    def test_a_silent_question_gets_an_error_where_nobody_is(self, provider: Provider) -> None:
        answer = answer_of(provider.ask(prompt="none"))
        assert (answer["error"], answer["state"], answer["iss"]) == (
            "login_required",
            "s",
            "http://localhost/telenor-id",
        )

    def test_an_account_that_is_gone_is_not_signed_in(self, provider: Provider) -> None:
        provider.pick()
        del provider.world.pbx.persons["anna"]
        assert answer_of(provider.ask(prompt="none"))["error"] == "login_required"

    def test_signing_out_ends_the_session_and_not_only_the_cookie(self, provider: Provider) -> None:
        provider.pick()
        (secret,) = provider.world.telenor_id.sessions
        provider.browser.get("/telenor-id/logga-ut")
        provider.browser.set_cookie("telenor_id", secret)
        assert answer_of(provider.ask(prompt="none"))["error"] == "login_required"

    def test_who_cancels_is_sent_back_without_a_code(self, provider: Provider) -> None:
        response = provider.browser.post("/telenor-id/authorize", query_string=ASKED, data={"cancel": "1"})
        answer = answer_of(response)
        assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", "s", False)

    def test_somebody_nobody_knows_cannot_be_picked(self, provider: Provider) -> None:
        response = provider.browser.post("/telenor-id/authorize", query_string=ASKED, data={"person": "eve"})
        assert (response.status_code, provider.world.telenor_id.sessions) == (200, {})

    def test_the_question_may_come_as_a_form(self, provider: Provider) -> None:
        page = provider.browser.post("/telenor-id/authorize", data=ASKED)
        assert page.status_code == 200
        action = page.text.partition('method="post" action="')[2].partition('"')[0].replace("&amp;", "&")
        assert "code" in answer_of(provider.browser.post(action, data={"person": "anna"}))


class TestRefusedQuestions:
    @pytest.mark.parametrize(
        "redirect_uri",
        [
            CALLBACK.removesuffix("/"),
            f"{CALLBACK}x",
            f"{CALLBACK}?a=1",
            f"{CALLBACK}#a",
            f"{CALLBACK}../../../",
            CALLBACK.replace("http:", "https:"),
            CALLBACK.replace("localhost", "LOCALHOST"),
            CALLBACK.replace("localhost:8000", "localhost"),
            CALLBACK.replace("localhost:8000", "localhost:8000@evil.test"),
            CALLBACK.replace("localhost:8000", "localhost:8000.evil.test"),
            CALLBACK.replace("/callback", "//callback"),
            f"http://evil.test/?{CALLBACK}",
            f" {CALLBACK}",
            "",
        ],
    )
    def test_an_address_that_is_not_registered_gets_a_page_and_no_redirect(
        self, provider: Provider, redirect_uri: str
    ) -> None:
        provider.pick()
        response = provider.ask({**ASKED, "redirect_uri": redirect_uri})
        assert (response.status_code, response.location) == (400, None)
        assert "redirect_uri" in response.text

    @pytest.mark.parametrize(
        "asked",
        [
            without(ASKED, client_id="another"),
            without(ASKED, "client_id"),
            without(ASKED, "redirect_uri"),
            [*ASKED.items(), ("redirect_uri", "http://evil.test/")],
            [("redirect_uri", "http://evil.test/"), *ASKED.items()],
            [*ASKED.items(), ("client_id", "another")],
            # Neither is any other fault told to an address that was not asked for properly.
            without(ASKED, "response_type", "redirect_uri", redirect_uri="http://evil.test/"),
        ],
    )
    def test_who_is_not_registered_gets_a_page_and_no_redirect(self, provider: Provider, asked: Any) -> None:
        provider.pick()
        response = provider.ask(asked)
        assert (response.status_code, response.location) == (400, None)

    @pytest.mark.parametrize(
        ("asked", "error"),
        [
            (without(ASKED, "response_type"), "invalid_request"),
            (without(ASKED, response_type="token"), "unsupported_response_type"),
            (without(ASKED, response_type="code id_token"), "unsupported_response_type"),
            (without(ASKED, response_mode="fragment"), "invalid_request"),
            (without(ASKED, "scope"), "invalid_request"),
            (without(ASKED, scope="profile"), "invalid_scope"),
            (without(ASKED, request="x"), "request_not_supported"),
            (without(ASKED, request_uri="https://x.test"), "request_uri_not_supported"),
            (without(ASKED, registration="{}"), "registration_not_supported"),
            (without(ASKED, prompt="none login"), "invalid_request"),
            (without(ASKED, prompt="admin"), "invalid_request"),
            (without(ASKED, "code_challenge", "code_challenge_method"), "invalid_request"),
            (without(ASKED, code_challenge_method="plain"), "invalid_request"),
            (without(ASKED, "code_challenge_method"), "invalid_request"),
            (without(ASKED, code_challenge=VERIFIER[:42]), "invalid_request"),
            (without(ASKED, code_challenge=f"{ASKED['code_challenge']}a"), "invalid_request"),
            ([*ASKED.items(), ("scope", "openid")], "invalid_request"),
        ],
    )
    def test_what_the_client_did_wrong_is_told_to_the_client(
        self, provider: Provider, asked: Any, error: str
    ) -> None:
        provider.pick()
        answer = answer_of(provider.ask(asked))
        assert (answer["error"], answer["state"], answer["iss"], "code" in answer) == (
            error,
            "s",
            "http://localhost/telenor-id",
            False,
        )
