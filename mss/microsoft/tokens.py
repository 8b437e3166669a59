"""App-only tokens for Graph, a tenant each (OAuth 2.0 client credentials, by msal)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests
from msal import ConfidentialClientApplication
from msal.exceptions import MsalServiceError

from mss.wire import CallError, TryLater

from .errors import TokenRefused

SCOPES = ["https://graph.microsoft.com/.default"]
TIMEOUT = (5, 15)  # seconds to connect, to read

# AADSTS number → what it is to the customer's administrator. What is not here is taken for passing.
# Source: learn.microsoft.com/entra/identity-platform/reference-error-codes; 7000229 is seen, not documented.
KINDS = {
    7000229: "consent_revoked",
    700016: "consent_revoked",
    65001: "consent_revoked",
    7000112: "app_disabled",
    90002: "tenant_gone",
    500011: "service_missing",
    650052: "service_missing",
    53003: "blocked_by_policy",
    530035: "blocked_by_policy",
    50105: "blocked_by_policy",
    500021: "blocked_by_policy",
    500022: "blocked_by_policy",
    500212: "blocked_by_policy",
    500213: "blocked_by_policy",
    7000215: "our_credentials",
    7000222: "our_credentials",
    700027: "our_credentials",
    50012: "our_credentials",
}


class Tokens:
    """One per process: msal keeps each tenant's token, and renews it, in its application object.

    `credential` is a secret, or `{"private_key": PEM, "public_certificate": PEM}`.
    """

    def __init__(self, client_id: str, credential: str | dict[str, str], authority: str) -> None:
        self._client_id = client_id
        self._credential = credential
        self._authority = authority.rstrip("/")
        self._applications: dict[str, Any] = {}

    def token(self, tenant: str) -> str:
        """A valid bearer token. Raises TokenRefused or TryLater."""
        try:
            return _checked(self._application(tenant).acquire_token_for_client(scopes=SCOPES))
        except requests.Timeout:
            raise TryLater("timeout", "token") from None
        except requests.RequestException:
            raise TryLater("unreachable", "token") from None
        except (MsalServiceError, RuntimeError):
            raise TryLater("server_error", "token") from None
        except CallError:
            raise
        except Exception:  # msal trusts what it reads: a strange answer breaks it anywhere
            raise TryLater("bad_answer", "token") from None

    def forget(self, tenant: str) -> None:
        """The next token is a new one: also past msal's memory of the last refusal."""
        self._applications.pop(tenant, None)

    def _application(self, tenant: str) -> Any:
        # Two threads may make the same one at once; `setdefault` is atomic and the first wins. Making it asks
        # Microsoft: under a lock one slow tenant would hold up all others.
        known = self._applications.get(tenant)
        return known or self._applications.setdefault(tenant, self._new(tenant))

    def _new(self, tenant: str) -> Any:
        try:
            return ConfidentialClientApplication(
                self._client_id,
                client_credential=self._credential,
                authority=f"{self._authority}/{quote(tenant, safe='')}",
                instance_discovery=False,
                timeout=TIMEOUT,
            )
        except ValueError as error:
            raise _unusable(error.__context__ or error) from None
        except (KeyError, TypeError, AttributeError):
            raise TryLater("bad_answer", "authority") from None


def _unusable(error: BaseException) -> TokenRefused | TryLater:
    """What lies behind msal's one ValueError for an unknown tenant, any trouble there, and an unreadable key."""
    if isinstance(error, json.JSONDecodeError):
        return TryLater("bad_answer", "authority")
    if "AADSTS90002" in str(error):
        return TokenRefused("tenant_gone", 90002)
    if "Discovery failed" in str(error):
        return TryLater("server_error", "authority")
    return TokenRefused("our_credentials")


def _checked(result: Mapping[str, Any]) -> str:
    token = result.get("access_token")
    if isinstance(token, str) and token.isascii():
        return token
    listed = result.get("error_codes")
    codes = [code for code in listed if type(code) is int] if isinstance(listed, list) else []
    for code in codes:
        if kind := KINDS.get(code):
            raise TokenRefused(kind, code)
    raise TryLater("server_error", f"token: AADSTS{codes[0] if codes else '?'}")
