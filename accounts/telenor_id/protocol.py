"""The wire of OpenID Connect Core 1.0, where we are stricter than allauth's defaults."""

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT = 3600  # seconds that discovery and keys are kept
LEEWAY = 60  # seconds two clocks may differ


class TelenorIdProtocol(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Discovery and keys are kept an hour; the id_token's signature is always verified."""

    def __init__(self, request: HttpRequest, provider_id: str = "telenor-id") -> None:
        super().__init__(request, provider_id)

    @property
    def openid_config(self) -> dict[str, Any]:
        found = _document(self.get_provider().server_url)
        if found.get("issuer") != settings.TELENOR_ID_ISSUER:  # Discovery 4.3
            raise OAuth2Error("the issuer is another one")
        if not all(isinstance(found.get(name), str) for name in NEEDED):
            raise OAuth2Error("discovery lacks an endpoint")
        return found

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """From settings, not from the request's Host (RFC 9700 2.1)."""
        return f"{settings.PUBLIC_URL}{reverse('telenor_id_callback')}"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise OAuth2Error("no id_token")
        claims = self._decode_id_token(app, id_token)
        if (
            not isinstance(claims.get(settings.TELENOR_ID_CLAIM), str)
            or not claims[settings.TELENOR_ID_CLAIM]
        ):
            raise OAuth2Error(f"no claim {settings.TELENOR_ID_CLAIM}")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Core 3.1.3.7. Raises OAuth2Error."""
        issuer, keys_url = settings.TELENOR_ID_ISSUER, self.openid_config["jwks_uri"]
        try:
            return jwt.decode(
                id_token,
                _key(id_token, keys_url),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=issuer,
                leeway=LEEWAY,
                options={"require": ["iss", "aud", "exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"id_token: {type(error).__name__}") from error


def _key(id_token: str, keys_url: str) -> Any:
    """The provider's key that the token names; keys are fetched again for one we do not know. Raises PyJWTError."""
    kid = jwt.get_unverified_header(id_token).get("kid")
    for fresh in (False, True):
        known = jwt.PyJWKSet.from_dict(_document(keys_url, fresh)).keys
        keys = [key for key in known if kid in (key.key_id, None)]
        if len(keys) == 1:
            return keys[0].key  # a key need not say its algorithm (RFC 7517 4.4); ours is a fixed list
    raise jwt.InvalidKeyError("no such key")


def _document(url: str, fresh: bool = False) -> dict[str, Any]:
    """A JSON object of the provider. Raises OAuth2Error, RequestException."""
    place = f"telenor-id:{url}"
    kept = None if fresh else cache.get(place)
    if kept is None:
        with get_adapter().get_requests_session() as session:
            answer = session.get(url)
        answer.raise_for_status()
        kept = answer.json()  # its error is a RequestException
        if not isinstance(kept, dict):
            raise OAuth2Error(f"{url}: no object")
        cache.set(place, kept, KEPT)
    return kept
