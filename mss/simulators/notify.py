"""Graph's change notifications: sent from a thread of their own, in bundles, and again when not taken."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from .records import Event, Subscription
from .wire import etag, stamp, wire_id

if TYPE_CHECKING:
    from .world import World

Send = Callable[[str, dict[str, Any]], object]

BUNDLE = 100
PATIENCE = 3.0  # seconds: a slower answer does not count as delivered
HANDSHAKE = 10.0
TROUBLE = (httpx.HTTPError, httpx.InvalidURL)
AGAIN_AFTER = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; Graph itself goes on for four hours


@dataclass(order=True)
class Delivery:
    """One item on its way. `due` is on the monotonic clock; `order` keeps those of one moment apart."""

    due: float
    order: int
    url: str = field(compare=False)
    item: dict[str, Any] = field(compare=False)
    attempt: int = field(default=0, compare=False)


class Notifier:
    """Takes what there is to tell and delivers it: by HTTP, or straight to `send` when that is set."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.send: Send | None = None
        self._due: list[Delivery] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._client: httpx.Client | None = None

    def change(self, subscription: Subscription, change_type: str, event: Event) -> None:
        """Tell of one changed event."""
        item = {"changeType": change_type, **_common(subscription)}
        ident = wire_id(event, subscription.immutable)
        # The resource is spelt in another case than the subscription's own, as Graph does.
        where = f"Users/{event.person_id}/Events/{ident}"
        item |= {"resource": where, "resourceData": _resource_data(where, event, ident)}
        self._queue(subscription.notification_url, subscription.resource, item)

    def lifecycle(self, subscription: Subscription, event: str) -> None:
        """Tell of the subscription itself, where it named an address for that."""
        if subscription.lifecycle_url:
            item = {"lifecycleEvent": event, "resource": subscription.resource, **_common(subscription)}
            self._queue(subscription.lifecycle_url, subscription.resource, item)

    def shake_hands(self, url: str) -> bool:
        """Whether the address answers as it must: 200, text/plain, the token alone, in time."""
        if self.send:
            return True
        token = (
            f"Validation: Testing client application reachability & more. Request-Id: {self.world.new_id()}"
        )
        try:
            answer = self._http().post(
                url,
                params=httpx.URL(url).params.set("validationToken", token),
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=HANDSHAKE,
            )
        except TROUBLE:
            return False
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        return (answer.status_code, kind, answer.text) == (200, "text/plain", token)

    def _queue(self, url: str, resource: str, item: dict[str, Any]) -> None:
        fault = self.world.faults.strike("notify", "POST", resource)
        if fault and fault.lose:
            return
        for _ in range(2 if fault and fault.double else 1):
            self._put(
                Delivery(time.monotonic() + (fault.delay if fault else 0), next(self._order), url, item)
            )

    def _put(self, delivery: Delivery) -> None:
        if self.send and delivery.due <= time.monotonic():
            self.send(delivery.url, {"value": [delivery.item]})
            return
        with self._wake:
            heapq.heappush(self._due, delivery)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            for url, bundle in self._take().items():
                self._deliver(url, bundle)

    def _take(self) -> dict[str, list[Delivery]]:
        """Wait for what is due; by address, at most a bundle in all."""
        with self._wake:
            while not self._due or self._due[0].due > time.monotonic():
                self._wake.wait(self._due[0].due - time.monotonic() if self._due else None)
            taken: dict[str, list[Delivery]] = {}
            for _ in range(BUNDLE):
                if self._due and self._due[0].due <= time.monotonic():
                    delivery = heapq.heappop(self._due)
                    taken.setdefault(delivery.url, []).append(delivery)
            return taken

    def _deliver(self, url: str, bundle: list[Delivery]) -> None:
        if self._post(url, {"value": [each.item for each in bundle]}):
            return
        for each in bundle:
            if each.attempt < len(AGAIN_AFTER):
                due = time.monotonic() + AGAIN_AFTER[each.attempt]
                self._put(Delivery(due, next(self._order), url, each.item, each.attempt + 1))

    def _post(self, url: str, payload: dict[str, Any]) -> bool:
        if self.send:
            self.send(url, payload)
            return True
        try:
            return self._http().post(url, json=payload, timeout=PATIENCE).is_success
        except TROUBLE:
            return False

    def _http(self) -> httpx.Client:
        if self._client is None:
            self._client = httpx.Client(trust_env=False)
        return self._client


def _common(subscription: Subscription) -> dict[str, Any]:
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": stamp(subscription.expires_at),
        "clientState": subscription.client_state,
        "tenantId": subscription.tenant_id,
    }


def _resource_data(where: str, event: Event, ident: str) -> dict[str, str]:
    return {
        "@odata.type": "#Microsoft.Graph.Event",
        "@odata.id": where,
        "@odata.etag": etag(event),
        "id": ident,
    }
