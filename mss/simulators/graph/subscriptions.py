"""Graph's subscriptions to changes in a mailbox: made after a handshake, renewed, ended."""

import ipaddress
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from ..changes import MalformedError, moment
from ..http import RefusalError, json_response
from ..records import Person, Subscription
from ..wire import stamp
from .asking import Asking, bad

LONGEST = timedelta(minutes=10_080)
SHORTEST = timedelta(minutes=45)
RESOURCE = re.compile(r"/?users/([^/]+)/events/?", re.IGNORECASE)
KINDS = {"created", "updated", "deleted"}


def listing(asking: Asking) -> Response:
    """The live ones this application has in this tenant."""
    found = [each for each in list(asking.world.subscriptions.values()) if _visible(asking, each)]
    page, link = asking.page(found, default=100, most=999)
    context = {"@odata.context": f"{asking.base}/$metadata#subscriptions"}
    return json_response(context | {"value": [_show(each) for each in page]} | link)


def create(asking: Asking) -> Response:
    """Make one, when both addresses have answered the handshake."""
    fresh = _wanted(asking, asking.body())
    _refuse_duplicate(asking, fresh)
    for url in filter(None, (fresh.notification_url, fresh.lifecycle_url)):
        if not asking.world.notifier.shake_hands(url):
            raise bad("ValidationError", "Subscription validation request failed.")
    with asking.world.lock:
        _refuse_duplicate(asking, fresh)
        asking.world.subscribe(fresh)
    return _single(asking, fresh, 201)


def single(asking: Asking, ident: str) -> Response:
    return _single(asking, _get(asking, ident))


def renew(asking: Asking, ident: str) -> Response:
    """Only the expiry can be changed here."""
    subscription, body = _get(asking, ident), asking.body()
    if set(body) != {"expirationDateTime"}:
        raise bad("InvalidRequest", "Only expirationDateTime can be updated.")
    subscription.expires_at = _expiry(asking, body)
    asking.world.touch()
    return _single(asking, subscription)


def delete(asking: Asking, ident: str) -> Response:
    asking.world.unsubscribe(_get(asking, ident).id)
    return Response(status=204)


def reauthorize(asking: Asking, ident: str) -> Response:
    _get(asking, ident)
    return Response(status=204)


def _visible(asking: Asking, each: Subscription) -> bool:
    ours = (each.tenant_id, each.application_id) == (asking.tenant_id, asking.claims["appid"])
    return ours and each.expires_at > asking.world.now()


def _get(asking: Asking, ident: str) -> Subscription:
    found = asking.world.subscriptions.get(ident.lower())
    if found is None or not _visible(asking, found):
        raise RefusalError(404, "ResourceNotFound", "The object was not found.")
    return found


def _wanted(asking: Asking, body: dict[str, Any]) -> Subscription:
    state = body.get("clientState")
    if state is not None and (not isinstance(state, str) or len(state) > 128):
        raise bad("InvalidRequest", "clientState is at most 128 characters.")
    resource = _text(body, "resource")
    return Subscription(
        id=asking.world.new_id(),
        tenant_id=asking.tenant_id,
        application_id=str(asking.claims["appid"]),
        person_id=_mailbox(asking, resource).id,
        resource=resource,
        change_type=_change_type(body),
        notification_url=_address(body, "notificationUrl"),
        expires_at=_expiry(asking, body),
        lifecycle_url=_address(body, "lifecycleNotificationUrl")
        if "lifecycleNotificationUrl" in body
        else None,
        client_state=state,
        immutable=asking.immutable_ids,
    )


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad("InvalidRequest", f"{name} is required.")
    return value


def _mailbox(asking: Asking, resource: str) -> Person:
    match = RESOURCE.fullmatch(resource)
    if match is None:
        raise bad("InvalidRequest", f"Resource '{resource}' is not supported.")
    return asking.user(match[1])


def _change_type(body: dict[str, Any]) -> str:
    text = _text(body, "changeType")
    if not set(text.split(",")) <= KINDS:
        raise bad("InvalidRequest", "changeType is made of created, updated and deleted.")
    return text


def _expiry(asking: Asking, body: dict[str, Any]) -> datetime:
    """What was asked for; at least 45 minutes, and refused when it is over the maximum or has been."""
    now = asking.world.now()
    try:
        wanted = moment(_text(body, "expirationDateTime"))
    except MalformedError as error:
        raise bad("InvalidRequest", "expirationDateTime is not a time with an offset.") from error
    if not now < wanted <= now + LONGEST:
        words = "Subscription expiration can only be 10080 minutes in the future."
        raise bad("ExtensionError", words)
    return max(wanted, now + SHORTEST)


def _address(body: dict[str, Any], name: str) -> str:
    """An https address; the one liberty is http on loopback."""
    url = _text(body, name)
    parts = urlsplit(url)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and _local(parts.hostname))
    ):
        raise bad("InvalidRequest", f"{name} is not an https address.")
    return url


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_duplicate(asking: Asking, fresh: Subscription) -> None:
    for each in asking.world.subscriptions_of(fresh.person_id):
        if _visible(asking, each) and set(each.change_type.split(",")) & set(fresh.change_type.split(",")):
            raise RefusalError(409, "Conflict", "A subscription for this resource already exists.")


def _single(asking: Asking, each: Subscription, status: int = 200) -> Response:
    context = {"@odata.context": f"{asking.base}/$metadata#subscriptions/$entity"}
    return json_response(context | _show(each), status)


def _show(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.id,
        "resource": each.resource,
        "applicationId": each.application_id,
        "changeType": each.change_type,
        "clientState": None,  # a secret is not read back
        "notificationUrl": each.notification_url,
        "lifecycleNotificationUrl": each.lifecycle_url,
        "expirationDateTime": stamp(each.expires_at),
        "creatorId": each.application_id,
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "notificationQueryOptions": None,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
