"""The way in: begun here, proved by Telenor ID, allowed by One X."""

import logging
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from mss.onex.client import OneXError
from mss.wire import TryLater

from . import rights
from .models import User

log = logging.getLogger(__name__)

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BEGUN_FOR = 15 * 60  # seconds that somebody may take at Telenor ID
COMPANY = "company"  # in the session: whose pages these are


def own_path(asked: str) -> str:
    """A path of ours to go to after sign-in; `/` for anything else (RFC 9700 4.11)."""
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else "/"


def begin(request: HttpRequest, to: str, *, other_account: bool = False) -> HttpResponse:
    """Off to Telenor ID and back to `to`. Raises RequestException and OAuth2Error where it is away."""
    if not request.user.is_authenticated:
        request.session.set_expiry(BEGUN_FOR)
    provider = get_adapter().get_provider(request, "telenor-id")
    # OpenID Connect Core 3.1.2.1.
    more = {"prompt": "select_account"} if other_account else {}
    answer: HttpResponse = provider.redirect(
        request, process=AuthProcess.REDIRECT, next_url=own_path(to), auth_params=more
    )
    return answer


def enter(request: HttpRequest, telenor_id: str, to: str) -> HttpResponse:
    """Signs in whom Telenor ID has proved and One X lets in; otherwise a page that says why not."""
    try:
        user = rights.sign_in(telenor_id, timezone.now())
    except rights.NoRightsError:
        logout(request)
        return redirect("accounts:no-rights")
    except (OneXError, TryLater) as error:
        log.warning("One X could not say who signed in: %s", error)
        return redirect(f"{reverse('accounts:onex-away')}?{urlencode({'next': own_path(to)})}")
    if user.is_staff or user.is_superuser or not user.is_active:
        logout(request)
        return redirect("accounts:no-rights")
    return _welcome(request, user, own_path(to))


def _welcome(request: HttpRequest, user: User, to: str) -> HttpResponse:
    # Nothing of an earlier session goes on, even the same person's: company, age.
    request.session.flush()
    login(request, user, backend=BACKEND)
    answer = redirect(to)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", secure=not settings.DEBUG
        )
    return answer
