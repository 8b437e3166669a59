"""Sessions end: after 30 minutes in which nobody did anything, and after 12 hours anyhow (robustness 6)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .models import User

IDLE = 30 * 60  # seconds
LONGEST = 12 * 3600
NOTED_EVERY = 60  # a row is written once a minute at most
BEGAN, SEEN = "began_at", "seen_at"


class SessionAgeMiddleware:
    """Signs out whose session is over; `request.session_ended` says so to who asks for a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session_ended = False  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            self.look(request, timezone.now().timestamp())
        return self.get_response(request)

    def look(self, request: HttpRequest, now: float) -> None:
        began = request.session.setdefault(BEGAN, now)
        seen = request.session.setdefault(SEEN, now)
        if now - seen > IDLE or now - began > LONGEST:
            logout(request)
            request.session_ended = True  # type: ignore[attr-defined]
        elif now - seen > NOTED_EVERY and not refreshes_itself(request):
            request.session[SEEN] = now


def refreshes_itself(request: HttpRequest) -> bool:
    """A page that looks for news on its own is nobody doing anything. It says so with this header."""
    return request.headers.get("X-Refresh") == "auto"


def end(people: Iterable[User]) -> None:
    """Sign these people out everywhere."""
    pks = {str(each.pk) for each in people}
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) in pks:
            session.delete()


def clear(now: datetime) -> int:
    """Delete sessions that are over. Answers how many."""
    over = Session.objects.filter(expire_date__lt=now)
    return over.delete()[0] if over.exists() else 0  # mostly there are none, and looking locks nothing
