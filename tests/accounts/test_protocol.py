"""The id_token says who somebody is only if Telenor ID signed it, for us, now (OpenID Connect Core 3.1.3.7)."""

import base64
import hashlib
import hmac
import json
from time import time
from types import SimpleNamespace

import jwt
import pytest
from allauth.core import context
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache

from accounts.telenor_id.protocol import TelenorIdProtocol

ISSUER, KEYS = "https://id.test", "https://id.test/keys"
OURS, STRANGERS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
APP = SimpleNamespace(client_id="sync")


def jwk(key, kid):
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


@pytest.fixture
def protocol(world, settings, rf):
    settings.TELENOR_ID_ISSUER = ISSUER
    cache.clear()
    endpoints = {"authorization_endpoint": ISSUER, "token_endpoint": ISSUER, "jwks_uri": KEYS}
    cache.set(f"telenor-id:{ISSUER}/.well-known/openid-configuration", {"issuer": ISSUER, **endpoints})
    cache.set(f"telenor-id:{KEYS}", {"keys": [jwk(OURS, "1")]})
    request = rf.get("/")
    with context.request_context(request):
        yield TelenorIdProtocol(request)


def token(key=OURS, kid="1", algorithm="RS256", **changed):
    claims = {"iss": ISSUER, "aud": "sync", "sub": "anna", "iat": time(), "exp": time() + 300} | changed
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, algorithm, {"kid": kid}
    )


def test_a_token_of_telenor_id_for_us_says_who_it_is(protocol):
    assert protocol._decode_id_token(APP, token())["sub"] == "anna"
    assert protocol._decode_id_token(APP, token(algorithm="PS256"))["sub"] == "anna"


PUBLIC = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "forged",
    [
        token(STRANGERS),
        token(iss="https://id.test/other"),
        token(aud="another"),
        token(aud=None),
        token(exp=time() - 120),
        token(exp=None),
        token(iat=time() + 600),
        token(sub=None),
        token(None, algorithm="none"),
        token("x" * 40, algorithm="HS256"),
        token(OURS)[:-8] + "AAAAAAAA",
        "not.a.token",
        "",
    ],
)
def test_any_other_token_says_nothing(protocol, forged):
    with pytest.raises(OAuth2Error):
        protocol._decode_id_token(APP, forged)


def test_a_token_signed_with_the_public_key_as_a_secret_says_nothing(protocol):
    head, body, _ = token("x" * 40, algorithm="HS256").split(".")
    mac = hmac.new(PUBLIC, f"{head}.{body}".encode(), hashlib.sha256).digest()
    forged = f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    with pytest.raises(OAuth2Error):
        protocol._decode_id_token(APP, forged)


@pytest.mark.parametrize(
    "changed", [{"issuer": "https://evil.test"}, {"jwks_uri": None}, {"token_endpoint": 7}]
)
def test_a_discovery_of_another_issuer_or_without_an_endpoint_is_refused(protocol, changed):
    place = f"telenor-id:{ISSUER}/.well-known/openid-configuration"
    cache.set(place, cache.get(place) | changed)
    with pytest.raises(OAuth2Error):
        _ = protocol.openid_config


@pytest.mark.parametrize("answer", [{}, {"id_token": None}, {"id_token": token(email="x", sub="")}])
def test_an_answer_without_a_person_is_refused(protocol, answer):
    with pytest.raises(OAuth2Error):
        protocol.complete_login(protocol.request, APP, None, response=answer)
