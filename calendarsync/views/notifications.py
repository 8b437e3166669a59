"""Where Microsoft Graph knocks (graph.md 6, robustness 2).

Validate, compare, note a wish, answer. A notification carries nothing that is used: it only says whose calendar to
look at. Any 2xx within 3 s counts as delivered; anything else is sent again for 4 hours. What is unknown or wrong is
answered 202 like the rest, so that nobody learns which subscriptions exist.
"""

import hmac
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import subscriptions
from ..models import Subscription, SyncedUser

log = logging.getLogger(__name__)

MOST_ITEMS = 1000
MOST_TOKEN = 1024

FIELDS = ("subscriptionId", "clientState", "tenantId", "lifecycleEvent")  # in the order of Knock

RENEW = "reauthorizationRequired"  # the one lifecycle notification that does not mean that changes went by

# What else a lifecycle notification asks for than a reading.
LIFECYCLE = {
    RENEW: subscriptions.again,  # renewing reauthorises too
    "subscriptionRemoved": subscriptions.gone,
}


@dataclass(frozen=True, slots=True)
class Knock:
    """One item of a notification: whose, with which secret, and what Microsoft wants ('' for a change)."""

    subscription: str
    secret: str
    tenant: str
    lifecycle: str


@csrf_exempt
@require_POST
def graph(request: HttpRequest) -> HttpResponse:
    """202 when every wish is stored; 400 not a notification; 413 too large; 503 not stored, send it again."""
    token = request.GET.get("validationToken")
    if token is not None:
        return _handshake(token)
    try:
        knocks = list(_parse(request.body))
    except RequestDataTooBig:
        return _plain("too large", 413)
    except ValueError as error:
        return _plain(f"not a notification: {error}", 400)
    try:
        _note(knocks)
    except DatabaseError:
        log.exception("knocks could not be stored")
        return _plain("try again", 503)
    return _plain("", 202)


def _handshake(token: str) -> HttpResponse:
    """Echo, as plain text and nothing else: the token is a stranger's."""
    if len(token) > MOST_TOKEN or not token.isprintable():
        return _plain("not a validation token", 400)
    return _plain(token, 200)


def _plain(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _parse(body: bytes) -> Iterator[Knock]:
    """Items that look like notifications. Raises ValueError where the body is not a list of them."""
    try:
        items = orjson.loads(body)["value"]
    except (orjson.JSONDecodeError, TypeError, KeyError, RecursionError):
        raise ValueError("a JSON object with a list named value is expected") from None
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise ValueError(f"value must be a list of at most {MOST_ITEMS}")
    for item in items:
        if isinstance(item, dict):
            yield Knock(*(_text(item, name) for name in FIELDS))


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) and "\0" not in value else ""  # PostgreSQL takes no NUL


def _note(knocks: list[Knock]) -> None:
    now = timezone.now()
    asked = {knock.subscription for knock in knocks if knock.subscription}
    rows = Subscription.objects.filter(remote_id__in=asked).select_related("provider")
    known = {row.remote_id: row for row in rows if row.synced_user_id}
    genuine = [knock for knock in knocks if _genuine(knock, known.get(knock.subscription))]
    if len(genuine) < len(knocks):
        log.warning("%d of %d knocks were not for us", len(knocks) - len(genuine), len(knocks))
    for lifecycle, act in LIFECYCLE.items():
        if ids := [k.subscription for k in genuine if k.lifecycle == lifecycle]:
            act(Subscription.objects.filter(remote_id__in=ids), now)
    _wish([known[k.subscription] for k in genuine if not k.lifecycle], now, asked=True)
    _wish([known[k.subscription] for k in genuine if k.lifecycle not in ("", RENEW)], now, asked=False)


def _wish(knocked: list[Subscription], now: datetime, *, asked: bool) -> None:
    """For everybody whose calendar it is: two people of One X may share a mailbox, and one subscription."""
    if knocked:
        mailboxes = SyncedUser.objects.filter(subscription__in=knocked).values("mailbox_id")
        providers = {row.provider_id for row in knocked}
        SyncedUser.objects.filter(mailbox_id__in=mailboxes, provider__in=providers).wish(now, asked=asked)


def _genuine(knock: Knock, row: Subscription | None) -> bool:
    """The secret is compared whether or not the subscription is known, and in constant time."""
    kept = row.secret_hash if row else ""
    same = hmac.compare_digest(subscriptions.digest(knock.secret), kept)
    return row is not None and same and knock.tenant.lower() in ("", row.provider.tenant.lower())
