"""The simulated Graph tells of changes: the handshake, what is sent, and again when it was not taken."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from mss.simulators import notify
from mss.simulators.token import issue

from .conftest import IMMUTABLE, NOW, Clock, Faces, code

ECHO: Callable[[str], Response] = lambda token: Response(token, content_type="text/plain")  # noqa: E731


class Endpoint:
    """An address of ours: answers handshakes as told, takes notifications, and fails when told."""

    def __init__(self) -> None:
        self.shake: Callable[[str], Response] = ECHO
        self.answers: list[int] = []
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str] = []
        self._server = make_server("127.0.0.1", 0, Request.application(self.answer), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}/notes"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request: Request) -> Response:
        token = request.args.get("validationToken")
        if token is not None:
            self.tokens.append(token)
            return self.shake(token)
        body = json.loads(request.get_data())
        self.got += [(request.path, each) for each in body["value"]]
        return Response(status=self.answers.pop(0) if self.answers else 202)

    def wait(self, count: int) -> list[dict[str, Any]]:
        """What was sent, when so many items have come."""
        deadline = time.monotonic() + 5
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return [item for _, item in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "AGAIN_AFTER", (0.02, 0.02))


def wanted(faces: Faces, url: str, **fields: Any) -> dict[str, Any]:
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": url,
        "lifecycleNotificationUrl": f"{url}/lifecycle",
        "resource": f"users/{faces.anna.id}/events",
        "expirationDateTime": (NOW + timedelta(days=6)).isoformat(),
        "clientState": "hemlig",
    } | fields


def subscribe(faces: Faces, url: str, **fields: Any) -> Any:
    return faces.graph("POST", "/subscriptions", body=wanted(faces, url, **fields), **IMMUTABLE)


class TestMaking:
    def test_both_addresses_are_asked_to_repeat_a_token(self, faces: Faces, endpoint: Endpoint) -> None:
        answer = subscribe(faces, endpoint.url)
        assert (answer.status_code, len(endpoint.tokens)) == (201, 2)
        assert all("&" in token and " " in token for token in endpoint.tokens)

    @pytest.mark.parametrize(
        "shake",
        [
            lambda token: Response(token, 202, content_type="text/plain"),
            lambda token: Response(token, content_type="text/html"),
            lambda token: Response(f"{token}\n", content_type="text/plain"),
            lambda token: Response("", content_type="text/plain"),
            lambda token: Response(status=403),
        ],
        ids=["202", "html", "a line more", "empty", "403"],
    )
    def test_a_wrong_answer_makes_no_subscription(
        self, faces: Faces, endpoint: Endpoint, shake: Callable[[str], Response]
    ) -> None:
        endpoint.shake = shake
        answer = subscribe(faces, endpoint.url)
        assert (*code(answer), faces.world.subscriptions) == (400, "ValidationError", {})

    def test_an_address_where_nobody_is_makes_no_subscription(self, faces: Faces, endpoint: Endpoint) -> None:
        endpoint.close()
        assert code(subscribe(faces, endpoint.url)) == (400, "ValidationError")

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"notificationUrl": "http://sync.contoso.test/notes"}, "InvalidRequest"),
            ({"lifecycleNotificationUrl": "http://10.0.0.1/notes"}, "InvalidRequest"),
            ({"notificationUrl": "ftp://127.0.0.1/notes"}, "InvalidRequest"),
            ({"clientState": "x" * 129}, "InvalidRequest"),
            ({"changeType": "moved"}, "InvalidRequest"),
            ({"resource": "users"}, "InvalidRequest"),
            ({"expirationDateTime": "tomorrow"}, "InvalidRequest"),
            ({"expirationDateTime": (NOW + timedelta(minutes=10_081)).isoformat()}, "ExtensionError"),
            ({"expirationDateTime": NOW.isoformat()}, "ExtensionError"),
        ],
    )
    def test_what_graph_does_not_take_is_refused(
        self, faces: Faces, endpoint: Endpoint, fields: dict[str, str], word: str
    ) -> None:
        assert code(subscribe(faces, endpoint.url, **fields)) == (400, word)

    def test_the_limits_themselves_are_taken(self, faces: Faces, endpoint: Endpoint) -> None:
        longest = NOW + timedelta(minutes=10_080)
        answer = subscribe(faces, endpoint.url, clientState="x" * 128, expirationDateTime=longest.isoformat())
        assert (answer.status_code, answer.json["expirationDateTime"]) == (
            201,
            "2026-12-01T08:00:00.0000000Z",
        )

    def test_a_short_life_is_raised_to_45_minutes(self, faces: Faces, endpoint: Endpoint) -> None:
        soon = (NOW + timedelta(minutes=1)).isoformat()
        answer = subscribe(faces, endpoint.url, expirationDateTime=soon)
        assert answer.json["expirationDateTime"] == "2026-11-24T08:45:00.0000000Z"

    def test_a_second_one_for_the_same_mailbox_is_a_conflict(self, faces: Faces, endpoint: Endpoint) -> None:
        subscribe(faces, endpoint.url)
        assert code(subscribe(faces, endpoint.url)) == (409, "Conflict")

    def test_a_mailbox_that_is_none_has_no_subscription(self, faces: Faces, endpoint: Endpoint) -> None:
        answer = subscribe(faces, endpoint.url, resource=f"users/{faces.bo.id}/events")
        assert code(answer) == (404, "MailboxNotEnabledForRESTAPI")


class TestLiving:
    @pytest.fixture
    def ident(self, faces: Faces, endpoint: Endpoint) -> str:
        return str(subscribe(faces, endpoint.url).json["id"])

    def listed(self, faces: Faces, **more: str) -> list[str]:
        return [each["id"] for each in faces.graph("GET", "/subscriptions", **more).json["value"]]

    def test_it_is_listed_renewed_and_ended(self, faces: Faces, ident: str) -> None:
        assert self.listed(faces) == [ident]
        until = {"expirationDateTime": "2026-12-01T07:00:00Z"}
        renewed = faces.graph("PATCH", f"/subscriptions/{ident}", body=until)
        assert renewed.json["expirationDateTime"] == "2026-12-01T07:00:00.0000000Z"
        assert faces.graph("POST", f"/subscriptions/{ident}/reauthorize").status_code == 204
        assert faces.graph("DELETE", f"/subscriptions/{ident}").status_code == 204
        assert (self.listed(faces), faces.graph("DELETE", f"/subscriptions/{ident}").status_code) == ([], 404)

    def test_only_its_end_can_be_changed(self, faces: Faces, ident: str) -> None:
        body = {"expirationDateTime": "2026-12-01T07:00:00Z", "clientState": "ny"}
        assert code(faces.graph("PATCH", f"/subscriptions/{ident}", body=body)) == (400, "InvalidRequest")

    def test_it_is_gone_when_its_time_is_over(self, faces: Faces, ident: str, clock: Clock) -> None:
        clock.now += timedelta(days=6)
        body = {"expirationDateTime": "2026-12-05T07:00:00Z"}
        assert code(faces.graph("PATCH", f"/subscriptions/{ident}", body=body)) == (404, "ResourceNotFound")

    def test_another_tenant_does_not_see_it(self, faces: Faces, ident: str) -> None:
        token = issue(faces.world, faces.world.add_tenant("Fabrikam AB", ["fabrikam.test"]))
        assert (self.listed(faces, token=token), self.listed(faces)) == ([], [ident])


class TestTelling:
    @pytest.fixture
    def ident(self, faces: Faces, endpoint: Endpoint) -> str:
        return str(subscribe(faces, endpoint.url).json["id"])

    def test_each_change_is_told_as_graph_tells_it(
        self, faces: Faces, endpoint: Endpoint, ident: str
    ) -> None:
        event = faces.book()
        name = faces.view(faces.anna)[0]["id"]
        faces.world.change(event.id, show_as="oof")
        faces.world.delete(event.id)
        first, *others = endpoint.wait(3)
        where = f"Users/{faces.anna.id}/Events/{name}"
        etag = first["resourceData"].pop("@odata.etag")
        assert (etag[:2], first) == (
            "W/",
            {
                "subscriptionId": ident,
                "subscriptionExpirationDateTime": "2026-11-30T08:00:00.0000000Z",
                "clientState": "hemlig",
                "tenantId": faces.tenant.id,
                "changeType": "created",
                "resource": where,
                "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": where, "id": name},
            },
        )
        assert [each["changeType"] for each in others] == ["updated", "deleted"]

    def test_nobody_is_told_of_other_peoples_changes(
        self, faces: Faces, endpoint: Endpoint, ident: str
    ) -> None:
        cecilia = faces.world.add_person(faces.tenant, "Cecilia Dal", "cecilia.dal@contoso.test")
        faces.world.book(cecilia.id, "Möte", NOW, NOW + timedelta(hours=1))
        faces.book()
        assert [each["resource"].split("/")[1] for each in endpoint.wait(1)] == [faces.anna.id]

    def test_nobody_is_told_after_the_end(
        self, faces: Faces, endpoint: Endpoint, ident: str, clock: Clock
    ) -> None:
        clock.now += timedelta(days=6)
        told: list[str] = []
        faces.world.notifications = lambda url, payload: told.append(url)
        faces.book()
        assert told == []

    def test_what_was_not_taken_is_sent_again(self, faces: Faces, endpoint: Endpoint, ident: str) -> None:
        endpoint.answers = [500, 302]
        faces.book()
        assert [each["changeType"] for each in endpoint.wait(3)] == ["created"] * 3

    def test_a_notification_may_be_lost_or_doubled(
        self, faces: Faces, endpoint: Endpoint, ident: str
    ) -> None:
        faces.world.faults.add("notify", path=faces.anna.id, lose=True)
        faces.world.faults.add("notify", double=True)
        event = faces.book()
        faces.world.change(event.id, show_as="oof")
        assert [each["changeType"] for each in endpoint.wait(2)] == ["updated", "updated"]

    def test_a_notification_may_be_late(self, faces: Faces, endpoint: Endpoint, ident: str) -> None:
        faces.world.faults.add("notify", delay=0.1)
        event = faces.book()
        faces.world.change(event.id, show_as="oof")
        assert [each["changeType"] for each in endpoint.wait(2)] == ["updated", "created"]

    def test_a_callable_takes_them_without_a_network(
        self, faces: Faces, endpoint: Endpoint, ident: str
    ) -> None:
        told: list[tuple[str, int]] = []
        faces.world.notifications = lambda url, payload: told.append((url, len(payload["value"])))
        faces.book()
        assert (told, endpoint.got) == ([(endpoint.url, 1)], [])

    @pytest.mark.parametrize("event", ["reauthorizationRequired", "missed"])
    def test_its_own_life_is_told_at_the_other_address(
        self, faces: Faces, endpoint: Endpoint, ident: str, event: str
    ) -> None:
        faces.world.lifecycle(ident, event)
        told = endpoint.wait(1)[0]
        assert (endpoint.got[0][0], told["lifecycleEvent"], told["clientState"]) == (
            "/notes/lifecycle",
            event,
            "hemlig",
        )
        assert list(faces.world.subscriptions) == [ident]

    def test_a_removed_one_is_gone(self, faces: Faces, endpoint: Endpoint, ident: str) -> None:
        faces.world.lifecycle(ident, "subscriptionRemoved")
        assert endpoint.wait(1)[0]["subscriptionId"] == ident
        assert faces.world.subscriptions == {}

    def test_without_the_preference_it_speaks_of_ordinary_ids(self, faces: Faces, endpoint: Endpoint) -> None:
        faces.graph("POST", "/subscriptions", body=wanted(faces, endpoint.url))
        faces.book()
        assert endpoint.wait(1)[0]["resourceData"]["id"] == faces.view(faces.anna, {})[0]["id"]
