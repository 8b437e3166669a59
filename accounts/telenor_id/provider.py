"""Telenor ID: OpenID Connect, laid out so that another certified provider takes its place by settings alone.

allauth does the protocol (state, PKCE, code, tokens); nobody is signed up, linked or logged in by it.
"""

from typing import Any

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.urls import reverse

from .protocol import TelenorIdProtocol


class TelenorIdProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one route in is `/start/`: allauth's own login view, which lets a query choose scopes, is not routed."""

    id = "telenor_id"
    name = "Telenor ID"
    oauth2_adapter_class = TelenorIdProtocol
    pkce_enabled_default = True

    def get_callback_url(self) -> str:
        return reverse("telenor_id_callback")

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        return {}  # name and address are One X's to say

    def extract_email_addresses(self, data: Any) -> list[Any]:
        return []


provider_classes = [TelenorIdProvider]
