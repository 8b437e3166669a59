"""Tokens from the simulated authority, over HTTP."""

import datetime

import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mss.microsoft.errors import TokenRefused
from mss.microsoft.tokens import Tokens
from mss.simulators import token as authority
from mss.wire import TryLater
from tests.contracts.simulated import simulated


@pytest.fixture
def sim():
    with stamina.set_testing(True, attempts=2), simulated() as sim:
        yield sim


def made(sim, credential=None, client_id=None, authority=None):
    return Tokens(
        client_id or sim.env["MICROSOFT_CLIENT_ID"],
        credential or sim.env["MICROSOFT_CLIENT_SECRET"],
        authority or sim.env["MICROSOFT_AUTHORITY"],
    )


def refusal(tokens, tenant):
    with pytest.raises(TokenRefused) as caught:
        tokens.token(tenant.id)
    return caught.value.kind, caught.value.code


def later(tokens, tenant):
    with pytest.raises(TryLater) as caught:
        tokens.token(tenant.id)
    return caught.value.code


def issued(sim):
    return len([asked for asked in sim.world.requests if asked.path.endswith("/token")])


def test_a_token_is_kept_until_it_is_forgotten(sim):
    tokens = made(sim)
    first, second = tokens.token(sim.tenant.id), tokens.token(sim.tenant.id)
    assert (first == second, issued(sim)) == (True, 1)
    tokens.forget(sim.tenant.id)
    assert (tokens.token(sim.tenant.id) == first, issued(sim)) == (False, 2)


def test_forgetting_what_was_never_known_is_no_error(sim):
    assert made(sim).forget("never-seen") is None


def test_each_tenant_has_its_own_token(sim):
    tokens, other = made(sim), sim.world.add_tenant("Fabrikam AB", ["fabrikam.test"])
    assert len({tokens.token(sim.tenant.id), tokens.token(other.id)}) == 2


def certificate():
    """A private key and a certificate for it, both PEM."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mss")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(1))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, *form).decode()
    public = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    return private, public


def test_a_certificate_lets_in_where_it_is_registered_and_only_there(sim):
    private, public = certificate()
    credential = {"private_key": private, "public_certificate": public}
    assert refusal(made(sim, credential), sim.tenant) == ("our_credentials", 700027)
    sim.world.secrets.certificates.append(public)
    assert made(sim, credential).token(sim.tenant.id).count(".") == 2


def test_consent_that_was_taken_back_is_told_and_consent_given_again_works_at_once(sim):
    tokens = made(sim)
    sim.tenant.consented = False
    assert refusal(tokens, sim.tenant) == ("consent_revoked", 7000229)
    sim.tenant.consented = True
    tokens.forget(sim.tenant.id)
    assert tokens.token(sim.tenant.id).count(".") == 2


def test_an_application_switched_off_is_told(sim):
    sim.tenant.disabled = True
    assert refusal(made(sim), sim.tenant) == ("app_disabled", 7000112)


def test_a_tenant_nobody_has_is_told(sim):
    gone = sim.tenant
    del sim.world.tenants[gone.id]
    assert refusal(made(sim), gone) == ("tenant_gone", 90002)


def test_a_wrong_secret_is_our_own_mistake(sim):
    assert refusal(made(sim, "wrong"), sim.tenant) == ("our_credentials", 7000215)


def test_a_key_that_cannot_be_read_is_our_own_mistake(sim):
    credential = {"private_key": "no PEM", "public_certificate": "no PEM"}
    assert refusal(made(sim, credential), sim.tenant) == ("our_credentials", 0)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (700016, "consent_revoked"),
        (65001, "consent_revoked"),
        (500011, "service_missing"),
        (650052, "service_missing"),
        (53003, "blocked_by_policy"),
        (530035, "blocked_by_policy"),
        (7000222, "our_credentials"),
    ],
)
def test_what_an_aadsts_number_is_to_an_administrator(sim, code, kind):
    sim.world.faults.add("token", "/token", code=code)
    assert refusal(made(sim), sim.tenant) == (kind, code)


@pytest.mark.parametrize("code", [90033, 90006, 4711])
def test_a_number_that_passes_or_is_not_known_is_for_later(sim, code):
    sim.world.faults.add("token", "/token", code=code)
    assert later(made(sim), sim.tenant) == "server_error"


@pytest.mark.parametrize("where", ["openid-configuration", "/token"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "server_error"),
        ({"status": 429, "retry_after": 1}, "server_error"),
        ({"garbage": True}, "bad_answer"),
        ({"reset": True}, "unreachable"),
    ],
)
def test_trouble_at_the_authority_is_for_later(sim, where, fault, code):
    sim.world.faults.add("token", where, times=None, **fault)
    assert later(made(sim), sim.tenant) == code


def test_an_authority_that_is_not_there_is_unreachable(sim):
    assert later(made(sim, authority="https://127.0.0.1:9"), sim.tenant) == "unreachable"


# What the simulated authority does not say by itself.

TOKEN = {"access_token": "a", "token_type": "Bearer", "expires_in": 3600}


NO_ANSWER = [[], "x", None, 5]
NO_TOKEN = [
    {},
    {"access_token": 5},
    {"access_token": "é"},
    {"error": "x", "error_codes": 7},
    {"error": "x", "error_codes": [True, "7000229", [7000229]]},
    {"error": [], "error_codes": [[]]},
]
NO_TIME = [
    {"expires_in": None},
    {"expires_in": []},
    {"expires_in": "x"},
    {"refresh_in": "x"},
    {"ext_expires_in": []},
]
NO_SENSE = [{"id_token": "x.y.z"}, {"client_info": "%%%"}, {"scope": 5}]


@pytest.mark.parametrize("answer", NO_ANSWER + [TOKEN | more for more in NO_TIME + NO_SENSE], ids=str)
def test_an_answer_that_breaks_msal_is_for_later(sim, monkeypatch, answer):
    monkeypatch.setattr(authority, "_token", lambda *asked: answer)
    assert later(made(sim), sim.tenant) == "bad_answer"


@pytest.mark.parametrize("answer", NO_TOKEN, ids=str)
def test_an_answer_without_a_usable_token_is_for_later(sim, monkeypatch, answer):
    monkeypatch.setattr(authority, "_token", lambda *asked: answer)
    assert later(made(sim), sim.tenant) == "server_error"


@pytest.mark.parametrize("more", [{"refresh_token": 5}, {"token_type": 5}], ids=str)
def test_a_token_with_something_strange_beside_it_is_a_token(sim, monkeypatch, more):
    monkeypatch.setattr(authority, "_token", lambda *asked: TOKEN | more)
    assert made(sim).token(sim.tenant.id) == "a"
