"""Where Microsoft knocks: what is answered to whom, and that nothing of it is lost, believed or paid for dearly."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calendarsync import watch
from calendarsync.models import SyncedUser

from .factories import Office, at

PATH = "/MSS/services/GraphNotificationService"
STRANGER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def secrets(office: Office) -> dict[str, str]:
    """The `clientState` that Microsoft was given, by person."""
    return {
        each.extension: office.world.subscriptions[each.subscription.remote_id].client_state or ""
        for each in office.provider.users.all()
    }


@pytest.fixture
def post(client: Any) -> Callable[[Any], int]:
    def post(payload: Any) -> int:
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        return client.post(PATH, body, content_type="application/json").status_code

    return post


def item(office: Office, secrets: dict[str, str], who: str = "anna", **fields: Any) -> dict[str, Any]:
    """A genuine notification, but for `fields`."""
    user = office.user(who)
    genuine = {
        "subscriptionId": user.subscription.remote_id,
        "subscriptionExpirationDateTime": "2027-05-19T05:00:00Z",
        "changeType": "updated",
        "resource": f"Users/{user.mailbox_id}/Events/AAkALg==",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "AAkALg=="},
        "clientState": secrets[who],
        "tenantId": office.provider.tenant,
    }
    return genuine | fields


def wishes(office: Office) -> dict[str, int]:
    """By person, those not yet read."""
    return {each.extension: each.requested_seq - each.read_seq for each in office.provider.users.all()}


NOBODY = {"anna": 0, "bertil": 0}
ANNA = {"anna": 1, "bertil": 0}


# The handshake.


@pytest.mark.parametrize(
    "token",
    [
        "Validation: Testing client application reachability & more. Request-Id: 1",
        "<script>alert(1)</script>",
        "å%20+ö",
        "x" * 1024,
    ],
)
def test_the_handshake_echoes_the_token_as_plain_text(client: Any, token: str) -> None:
    answer = client.post(PATH, query_params={"validationToken": token})
    assert (answer.status_code, answer.content.decode()) == (200, token)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", ["x" * 1025, "a\nb", "a\rSet-Cookie: b", "a\0", "\x1b[2J", "\u202e"])
def test_a_token_that_is_none_is_not_echoed(client: Any, token: str) -> None:
    answer = client.post(PATH, query_params={"validationToken": token})
    assert (answer.status_code, answer.content) == (400, b"not a validation token")


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_nothing_but_post_is_answered(client: Any, method: str) -> None:
    assert getattr(client, method)(PATH).status_code == 405


# What is no notification.


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"<xml/>", 400, id="XML"),
        pytest.param(b'{"value": [', 400, id="half"),
        pytest.param(b"\xff\xfe", 400, id="not UTF-8"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b'"value"', 400, id="a text"),
        pytest.param(b"{}", 400, id="no value"),
        pytest.param(b'{"value": null}', 400, id="null for a value"),
        pytest.param(b'{"value": {"0": {}}}', 400, id="an object for a value"),
        pytest.param(b"[" * 100_000, 400, id="nested 100,000 deep"),
        pytest.param(b'{"value":' * 100_000, 400, id="objects nested 100,000 deep"),
        pytest.param(b'{"value": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", 400, id="closed, too"),
        pytest.param(b'{"value": [{"subscriptionId": ' + b"1" * 5_000 + b"}]}", 400, id="5,000 digits"),
        pytest.param(b'{"value": [' + b"{}," * 1000 + b"{}]}", 400, id="1,001 items"),
        pytest.param(b'{"value": "' + b"x" * 5_000_000 + b'"}', 413, id="5 MB"),
        pytest.param(b'{"value": []}', 202, id="an empty list"),
        pytest.param(b'{"value": [1, null, "x", [], true, {}]}', 202, id="items that are no objects"),
    ],
)
def test_what_is_no_notification_has_a_clear_answer_and_wishes_nothing(
    office: Office, post: Callable[[Any], int], body: bytes, status: int
) -> None:
    assert (post(body), wishes(office)) == (status, NOBODY)


# Who is believed.


def test_a_genuine_knock_is_one_wish_and_nothing_is_asked_of_anybody(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    office.world.requests.clear()
    assert post({"value": [item(office, secrets)]}) == 202
    assert (wishes(office), list(office.world.requests)) == (ANNA, [])
    user = office.user()
    assert (user.requested_at, user.due_at) == (timezone.now(), timezone.now())


def test_a_knock_after_the_first_keeps_when_the_first_one_came(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    post({"value": [item(office, secrets)]})
    office.move_to(at("07:01"))
    post({"value": [item(office, secrets)]})
    assert (wishes(office)["anna"], office.user().requested_at) == (2, at("07:00"))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"clientState": "wrong"}, id="wrong clientState"),
        pytest.param({"clientState": ""}, id="empty clientState"),
        pytest.param({"clientState": None}, id="null for clientState"),
        pytest.param({"clientState": "å" * 128}, id="clientState not ASCII"),
        pytest.param({"subscriptionId": STRANGER}, id="unknown subscription"),
        pytest.param({"subscriptionId": ""}, id="empty subscription"),
        pytest.param({"tenantId": STRANGER}, id="wrong tenant"),
        pytest.param({"subscriptionId": 5}, id="a number for a subscription"),
        pytest.param({"subscriptionId": ["x"]}, id="a list for a subscription"),
        pytest.param({"clientState": {"x": 1}}, id="an object for clientState"),
        pytest.param({"clientState": True}, id="true for clientState"),
        pytest.param({"subscriptionId": "a\0b"}, id="NUL in the subscription"),
        pytest.param({"clientState": "a\0b"}, id="NUL in clientState"),
        pytest.param({"subscriptionId": "x" * 100_000}, id="a very long subscription"),
    ],
)
def test_who_is_not_believed_is_answered_like_the_rest_and_stops_no_other(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int], fields: dict[str, Any]
) -> None:
    assert (post({"value": [item(office, secrets, **fields)]}), wishes(office)) == (202, NOBODY)
    both = [item(office, secrets, "bertil", **fields), item(office, secrets)]
    assert (post({"value": both}), wishes(office)) == (202, ANNA)


def test_the_secret_of_one_person_does_not_open_the_door_of_another(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    assert post({"value": [item(office, secrets, clientState=secrets["bertil"])]}) == 202
    assert wishes(office) == NOBODY


@pytest.mark.parametrize(
    "fields", [{"tenantId": 5}, {"tenantId": None}, {"lifecycleEvent": 7}, {"resource": []}]
)
def test_a_field_of_another_type_counts_as_left_out(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int], fields: dict[str, Any]
) -> None:
    assert (post({"value": [item(office, secrets, **fields)]}), wishes(office)) == (202, ANNA)


def test_the_tenant_is_compared_without_regard_to_case(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    assert post({"value": [item(office, secrets, tenantId=office.provider.tenant.upper())]}) == 202
    assert wishes(office) == ANNA


@pytest.mark.parametrize("name", ["subscriptionId", "clientState", "tenantId", "lifecycleEvent"])
def test_a_lone_surrogate_is_refused_and_nothing_crashes(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int], name: str
) -> None:
    body = orjson.dumps({"value": [item(office, secrets, **{name: "SURROGATE"})]})
    assert (post(body.replace(b"SURROGATE", b"\\ud800")), wishes(office)) == (400, NOBODY)


def test_a_knock_for_somebody_who_was_removed_is_nobodys(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    knock = item(office, secrets)
    office.user().subscription.delete()
    assert (post({"value": [knock]}), wishes(office)) == (202, NOBODY)


# Lifecycle.


@pytest.mark.parametrize(
    ("event", "wished", "kept", "asked_again"),
    [
        pytest.param("missed", 1, True, False, id="missed: read"),
        pytest.param("subscriptionRemoved", 1, False, True, id="subscriptionRemoved: make anew, read"),
        pytest.param("reauthorizationRequired", 0, True, True, id="reauthorizationRequired: renew"),
        pytest.param("somethingNew", 1, True, False, id="unknown: read"),
    ],
)
def test_each_lifecycle_event_asks_for_its_own(
    office: Office,
    secrets: dict[str, str],
    post: Callable[[Any], int],
    event: str,
    wished: int,
    kept: bool,
    asked_again: bool,
) -> None:
    before = office.user().subscription.remote_id
    assert post({"value": [item(office, secrets, lifecycleEvent=event)]}) == 202
    row = office.user().subscription
    assert (wishes(office)["anna"], row.remote_id == before) == (wished, kept)
    assert (row.renew_at <= timezone.now()) is asked_again


def test_a_forged_lifecycle_event_changes_no_subscription(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    before = office.user().subscription
    for event in ("subscriptionRemoved", "reauthorizationRequired"):
        assert post({"value": [item(office, secrets, lifecycleEvent=event, clientState="wrong")]}) == 202
    after = office.user().subscription
    assert (after.remote_id, after.renew_at) == (before.remote_id, before.renew_at)


def test_a_removed_subscription_is_made_anew_with_another_secret(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    office.world.unsubscribe(office.user().subscription.remote_id)
    old = item(office, secrets, lifecycleEvent="subscriptionRemoved")
    post({"value": [old]})
    watch.keep_house(timezone.now())
    office.sync()
    new = office.world.subscriptions[office.user().subscription.remote_id]
    assert (new.client_state == secrets["anna"], new.id == old["subscriptionId"]) == (False, False)
    assert (post({"value": [old]}), wishes(office)) == (202, NOBODY)


# Many at once, and none that is lost.


def test_a_thousand_at_once_are_one_wish_a_person_in_as_many_queries_as_one(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    one = [item(office, secrets, who) for who in ("anna", "bertil")]
    with CaptureQueriesContext(connection) as few:
        assert post({"value": one}) == 202
    with CaptureQueriesContext(connection) as many:
        assert post({"value": one * 500}) == 202
    assert wishes(office) == {"anna": 2, "bertil": 2}
    assert len(many) == len(few)


def test_a_thousand_strangers_at_once_cost_one_query(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    strangers = [item(office, secrets, subscriptionId=f"{STRANGER[:-4]}{n:04}") for n in range(1000)]
    with CaptureQueriesContext(connection) as queries:
        assert post({"value": strangers}) == 202
    assert (len(queries), wishes(office)) == (1, NOBODY)


def test_with_the_database_away_microsoft_is_asked_to_come_again(
    office: Office, secrets: dict[str, str], post: Callable[[Any], int]
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("the server closed the connection")

    knock = {"value": [item(office, secrets)]}
    with connection.execute_wrapper(away):
        assert post(knock) == 503
    assert wishes(office) == NOBODY
    assert (post(knock), wishes(office)) == (202, ANNA)


def test_what_the_world_sends_is_believed(office: Office) -> None:
    office.book("10:00", "11:00")
    assert wishes(office) == ANNA
    assert SyncedUser.objects.filter(due_at__lte=timezone.now()).get() == office.user()
