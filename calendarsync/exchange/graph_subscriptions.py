"""Change notifications for a mailbox (learn.microsoft.com/graph/api/resources/subscription)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from calendarsync.core.ports import Callback, Mailbox, Missing, SourceError, Subscribed, Unavailable
from mss.microsoft.errors import Failure, GraphRefused
from mss.microsoft.graph import Answer, Request

from .graph_trouble import trouble

# Outlook events live 10,080 minutes at most; asking for more is refused, and clocks differ.
LIFE = timedelta(minutes=10_080 - 15)


def create(mailbox: Mailbox, callback: Callback) -> Request:
    """Microsoft calls `callback.url` back before it answers. The lifecycle address cannot be added later."""
    body = {
        "changeType": "created,updated,deleted",
        "notificationUrl": callback.url,
        "lifecycleNotificationUrl": callback.url,
        "resource": _resource(mailbox),
        "expirationDateTime": _expiry(),
        "clientState": callback.secret,
        "latestSupportedTlsVersion": "v1_2",
    }
    return Request("/subscriptions", "POST", body)


def renewal(subscription_id: str) -> Request:
    return Request(_url(subscription_id), "PATCH", {"expirationDateTime": _expiry()})


def removal(subscription_id: str) -> Request:
    return Request(_url(subscription_id), "DELETE")


def same(mailboxes: Iterable[Mailbox], listed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Ids of those of our subscriptions that stand in the way of new ones for these mailboxes."""
    wanted = {_resource(mailbox).lower() for mailbox in mailboxes}
    return [
        str(entry.get("id")) for entry in listed if str(entry.get("resource")).strip("/").lower() in wanted
    ]


def duplicate(answer: Answer | Failure) -> bool:
    return isinstance(answer, GraphRefused) and answer.status == 409


def subscribed(answer: Answer | Failure) -> Subscribed | SourceError:
    """What was granted, which may be shorter than asked."""
    if isinstance(answer, GraphRefused) and answer.status == 400 and answer.code == "validationerror":
        # The handshake failed: Microsoft got no answer, or a wrong one, at our address.
        return Unavailable("notifications_blocked", str(answer))
    if not isinstance(answer, Answer):
        return trouble(answer)
    try:
        subscription_id, ends = answer.body["id"], datetime.fromisoformat(answer.body["expirationDateTime"])
        if not isinstance(subscription_id, str):
            raise TypeError
        return Subscribed(subscription_id, ends.replace(tzinfo=ends.tzinfo or UTC).astimezone(UTC))
    except (KeyError, TypeError, ValueError, OverflowError):
        return Unavailable("bad_answer", "subscription")


def renewed(answer: Answer | Failure) -> Subscribed | SourceError:
    return Missing("subscription_gone") if _gone(answer) else subscribed(answer)


def removed(answer: Answer | Failure) -> SourceError | None:
    return None if isinstance(answer, Answer) or _gone(answer) else trouble(answer)


def _gone(answer: Answer | Failure) -> bool:
    return isinstance(answer, GraphRefused) and answer.status == 404 and not answer.whole


def _resource(mailbox: Mailbox) -> str:
    return f"users/{mailbox.id}/events"


def _url(subscription_id: str) -> str:
    return f"/subscriptions/{quote(subscription_id, safe='')}"


def _expiry() -> str:
    return (datetime.now(UTC) + LIFE).strftime("%Y-%m-%dT%H:%M:%SZ")
