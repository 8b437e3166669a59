"""Telenor ID to the letter of OAuth: what a code and a token are worth, to whom, for how long, and in trouble."""

import base64
import hashlib
from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from mss.simulators.world import World

from .conftest import Clock
from .provider import CHALLENGE, REDEEMED, VERIFIER, Provider, basic, provider_of, refused, without


@pytest.fixture
def provider(world: World, clock: Clock) -> Provider:
    return provider_of(world, clock)


class TestRefusedCodes:
    @pytest.mark.parametrize(
        "form",
        [
            without(REDEEMED, code_verifier=VERIFIER.replace("a", "b")),
            without(REDEEMED, code_verifier=CHALLENGE),
            without(REDEEMED, code_verifier=""),
            without(REDEEMED, "code_verifier"),
            without(REDEEMED, redirect_uri="http://localhost:8000/"),
            without(REDEEMED, "redirect_uri"),
            without(REDEEMED, code="made-up"),
        ],
    )
    def test_a_code_that_does_not_fit_gives_nothing_and_is_spent(
        self, provider: Provider, form: dict[str, str]
    ) -> None:
        code = provider.code()
        shown = form.get("code", code)
        assert refused(provider.redeem(shown, without(form, "code"))) == (400, "invalid_grant")
        assert refused(provider.redeem(shown)) == (400, "invalid_grant")

    def test_a_short_verifier_is_none(self, provider: Provider) -> None:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(b"short").digest()).rstrip(b"=").decode()
        code = provider.code(code_challenge=challenge)
        form = without(REDEEMED, code_verifier="short")
        assert refused(provider.redeem(code, form)) == (400, "invalid_grant")

    @pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
    def test_a_code_lives_for_a_minute(self, provider: Provider, seconds: int, status: int) -> None:
        code = provider.code()
        provider.clock.now += timedelta(seconds=seconds)
        assert provider.redeem(code).status_code == status

    def test_a_code_shown_twice_takes_back_what_it_gave(self, provider: Provider) -> None:
        code, other = provider.code(), provider.tokens()["access_token"]
        token = provider.redeem(code).json["access_token"]
        assert provider.userinfo(token).status_code == 200
        assert refused(provider.redeem(code)) == (400, "invalid_grant")
        assert [provider.userinfo(each).status_code for each in (token, other)] == [401, 200]

    def test_a_replay_is_noticed_as_long_as_the_token_works(self, provider: Provider) -> None:
        code = provider.code()
        token = provider.redeem(code).json["access_token"]
        provider.clock.now += timedelta(minutes=59)
        provider.code()
        provider.redeem(code)
        assert provider.userinfo(token).status_code == 401

    def test_a_code_that_was_used_is_worth_saving(self, provider: Provider) -> None:
        code, before = provider.code(), provider.world.revision
        provider.redeem(code)
        assert provider.world.revision > before

    def test_what_is_over_is_forgotten(self, provider: Provider) -> None:
        provider.tokens()
        provider.clock.now += timedelta(hours=2)
        code = provider.code()
        memory = provider.world.telenor_id
        assert ([*memory.codes], memory.used, memory.tokens) == ([code], set(), {})

    def test_somebody_whose_account_is_gone_gets_no_token(self, provider: Provider) -> None:
        code = provider.code()
        del provider.world.pbx.persons["anna"]
        assert refused(provider.redeem(code)) == (400, "invalid_grant")


class TestRefusedClients:
    @pytest.mark.parametrize(
        ("form", "headers"),
        [
            (without(REDEEMED, client_secret="wrong"), {}),
            (without(REDEEMED, client_secret=""), {}),
            (without(REDEEMED, client_id="another"), {}),
            (without(REDEEMED, "client_secret"), {}),
            (without(REDEEMED, "client_id"), {}),
            (without(REDEEMED, "client_secret"), basic("microsoft-sync", "wrong")),
            (without(REDEEMED, "client_secret"), {"Authorization": "Basic ?"}),
        ],
    )
    def test_a_stranger_gets_nothing_and_the_code_stays_good(
        self, provider: Provider, form: dict[str, str], headers: dict[str, str]
    ) -> None:
        code = provider.code()
        response = provider.redeem(code, form, **headers)
        assert refused(response) == (401, "invalid_client")
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
        assert provider.redeem(code).status_code == 200

    @pytest.mark.parametrize(
        ("form", "headers", "error"),
        [
            (REDEEMED, basic("microsoft-sync", "simulated-telenor-id-secret"), "invalid_request"),
            (
                without(REDEEMED, "client_secret", client_id="another"),
                basic("microsoft-sync", "simulated-telenor-id-secret"),
                "invalid_request",
            ),
            (without(REDEEMED, "grant_type"), {}, "invalid_request"),
            (without(REDEEMED, grant_type="client_credentials"), {}, "unsupported_grant_type"),
            (without(REDEEMED, grant_type="refresh_token"), {}, "unsupported_grant_type"),
            (without(REDEEMED, code=""), {}, "invalid_request"),
        ],
    )
    def test_a_request_that_is_no_redemption_is_refused(
        self, provider: Provider, form: dict[str, str], headers: dict[str, str], error: str
    ) -> None:
        assert refused(provider.redeem("code", form, **headers)) == (400, error)

    def test_a_parameter_may_not_come_twice(self, provider: Provider) -> None:
        form = MultiDict([*REDEEMED.items(), ("code", provider.code()), ("code", "b")])
        assert refused(provider.server.post("/telenor-id/token", data=form)) == (400, "invalid_request")

    def test_a_code_is_not_fetched_by_get(self, provider: Provider) -> None:
        response = provider.server.get("/telenor-id/token", query_string={"code": "x", **REDEEMED})
        assert refused(response) == (405, "invalid_request")


class TestUserinfo:
    def test_without_a_token_it_asks_for_one(self, provider: Provider) -> None:
        response = provider.server.get("/telenor-id/userinfo")
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (
            401,
            'Bearer realm="Telenor ID"',
        )

    def test_a_wrong_token_is_called_so(self, provider: Provider) -> None:
        response = provider.userinfo("wrong")
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].endswith('error="invalid_token"')

    def test_a_token_of_an_account_that_is_gone_is_no_token(self, provider: Provider) -> None:
        token = provider.tokens()["access_token"]
        del provider.world.pbx.persons["anna"]
        assert provider.userinfo(token).status_code == 401

    def test_a_token_ends(self, provider: Provider) -> None:
        token = provider.tokens()["access_token"]
        provider.clock.now += timedelta(hours=1)
        assert provider.userinfo(token).status_code == 401


class TestFaults:
    def test_503_is_told_as_oauth_has_it(self, provider: Provider) -> None:
        code = provider.code()
        provider.world.faults.add("telenor-id", "/token", status=503, retry_after=2)
        response = provider.redeem(code)
        assert refused(response) == (503, "temporarily_unavailable")
        assert response.headers["Retry-After"] == "2"
        assert provider.redeem(code).status_code == 200

    def test_a_connection_can_be_dropped(self, provider: Provider) -> None:
        provider.world.faults.add("telenor-id", "openid-configuration", reset=True)
        with pytest.raises(ConnectionResetError):
            provider.server.get("/telenor-id/.well-known/openid-configuration")

    def test_the_page_has_faults_too(self, provider: Provider) -> None:
        provider.world.faults.add("telenor-id", "/authorize", status=503)
        page = provider.ask()
        assert (page.status_code, "Telenor ID svarar inte just nu" in page.text) == (503, True)
        assert provider.ask().status_code == 200

    def test_a_slow_answer_is_an_answer(self, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        waited: list[float] = []
        monkeypatch.setattr("mss.simulators.http.time.sleep", waited.append)
        provider.world.faults.add("telenor-id", delay=3)
        assert (provider.server.get("/telenor-id/jwks").status_code, waited) == (200, [3])

    def test_what_was_asked_is_noted_without_secrets(self, provider: Provider) -> None:
        code = provider.code()
        provider.redeem(code)
        noted = [each for each in provider.world.requests if each.face == "telenor-id"]
        assert [each.path for each in noted] == ["/telenor-id/authorize", "/telenor-id/token"]
        assert not any(secret in repr(noted) for secret in (code, VERIFIER, "simulated-telenor-id-secret"))
