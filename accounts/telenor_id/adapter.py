"""The doors of identity 4, closed: allauth proves who somebody is to Telenor ID, and nothing else follows by itself."""

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect

from .. import entrance

log = logging.getLogger(__name__)

PROVIDER = "telenor-id"


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in through allauth ends in `entrance.enter`: no account is signed up, linked or found by e-mail."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[Any]:
        """One, of the settings; rows of the database are not looked at."""
        app = SocialApp(
            provider="telenor_id",
            provider_id=PROVIDER,
            name="Telenor ID",
            client_id=settings.TELENOR_ID_CLIENT_ID,
            secret=settings.TELENOR_ID_CLIENT_SECRET,
            settings={
                "server_url": settings.TELENOR_ID_ISSUER.rstrip("/"),
                "uid_field": settings.TELENOR_ID_CLAIM,
                "scope": settings.TELENOR_ID_SCOPES,
            },
        )
        asked = provider in (None, app.provider, app.provider_id) and client_id in (None, app.client_id)
        return [app] if asked else []

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Only for what `entrance.begin` began; never returns, so that allauth does nothing more."""
        if sociallogin.state.get("process") != AuthProcess.REDIRECT:
            raise PermissionDenied
        telenor_id, to = sociallogin.account.uid, sociallogin.state.get("next") or "/"
        raise ImmediateHttpResponse(entrance.enter(request, telenor_id, to))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("accounts:cancelled"))
        # Its words may hold what the provider answered.
        log.warning("sign-in failed: %s %s", error, type(exception).__name__)
        raise ImmediateHttpResponse(redirect("accounts:failed"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        raise PermissionDenied
