"""mss.onex over real HTTP against the simulated One X."""

import httpx
import pytest

from mss.onex.client import OneX, OneXError, OneXInvalid, OneXNotFound, OneXRefused, OneXTooMany
from mss.simulators.pbx import Extension
from mss.wire import TryLater

CONTOSO = {
    "id": "C1",
    "name": "Contoso AB",
    "organisation_number": "556677-8899",
    "time_zone": "Europe/Stockholm",
}
ANNA = {
    "id": "E1",
    "number": "+46101234501",
    "name": "Anna Berg",
    "email": "anna.berg@contoso.test",
    "services": ["diversion"],
}


def change(key="k1", version=1, **fields):
    return {
        "op": "set",
        "key": key,
        "extension": "E1",
        "version": version,
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2026-11-24T13:00:00Z",
        "all_day": False,
        "reason": "meeting",
        "forwarding": "none",
        "priority": 4,
        "title": None,
        "returns_at": None,
    } | fields


def answering(body, status=200):
    """A client of a One X that always answers so."""
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    return OneX("https://onex.test", "token", httpx.Client(transport=transport))


def test_who_signed_in_has_a_membership_for_each_customer(sim):
    person = sim.onex().person("t/1")
    assert person["memberships"] == [
        {"customer": CONTOSO, "administrator": True, "extension": ANNA},
        {"customer": CONTOSO, "administrator": False, "extension": None},
    ]


def test_a_customer_and_its_reasons(sim):
    assert sim.onex().customer("C1") == CONTOSO
    assert sim.onex().reasons("C1")[0] == {"code": "meeting", "label": {"sv": "Möte", "en": "Meeting"}}


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"email": "Anna.Berg@CONTOSO.test"}, ["E1"]),
        ({"email": "anna"}, []),
        ({"q": "ek"}, ["E2"]),
        ({"q": "+4610"}, ["E1", "E2"]),
        ({"q": "å&ä=ö#+%"}, []),
        ({}, ["E1", "E2"]),
    ],
)
def test_extensions_are_found(sim, asked, ids):
    assert [one["id"] for one in sim.onex().extensions("C1", **asked)] == ids


def test_a_long_list_comes_whole(sim):
    for number in range(1_201):
        name = f"X{number:04}"
        sim.world.pbx.extensions[name] = Extension(name, "C1", "+46101", name, None)
    assert len({one["id"] for one in sim.onex().extensions("C1")}) == 1_203


def test_what_was_applied_is_held(sim):
    onex = sim.onex()
    assert onex.apply("C1", [change(title="Möte 🙂")]) == [
        {"key": "k1", "status": "applied", "code": None, "detail": None, "held_version": 1}
    ]
    wire = change(title="Möte 🙂")
    del wire["op"]
    assert list(onex.absences("C1", "E1")) == [wire]
    assert list(onex.absences("C1", "E2")) == []


def test_each_change_has_its_own_result(sim):
    onex = sim.onex()
    onex.apply("C1", [change("old", 7)])
    results = onex.apply("C1", [change("new"), change("old", 3), change("bad", reason="golf")])
    assert [(one["key"], one["status"], one["code"], one["held_version"]) for one in results] == [
        ("new", "applied", None, 1),
        ("old", "stale", None, 7),
        ("bad", "rejected", "unknown_reason", 0),
    ]


def test_every_request_has_a_number_of_its_own(sim):
    list(sim.onex().extensions("C1")), sim.onex().apply("C1", [])
    numbers = [asked.headers["X-Request-ID"] for asked in sim.world.requests]
    assert (len(numbers), len(set(numbers))) == (2, 2)


@pytest.mark.parametrize(
    ("call", "error", "status", "code"),
    [
        (lambda onex: onex.person("nobody"), OneXNotFound, 404, "unknown_person"),
        (lambda onex: onex.customer("../C1"), OneXNotFound, 404, "not_found"),
        (lambda onex: onex.apply("C1", [change()] * 501), OneXTooMany, 413, "too_many_changes"),
        (lambda onex: onex.apply("C1", [change(version=0)]), OneXInvalid, 422, "malformed"),
    ],
)
def test_a_refusal_has_its_class_and_code(sim, call, error, status, code):
    with pytest.raises(OneXError) as caught:
        call(sim.onex())
    assert (type(caught.value), caught.value.status, caught.value.code) == (error, status, code)


def test_a_wrong_token_is_refused(sim):
    with pytest.raises(OneXRefused) as caught:
        OneX(sim.env["ONEX_URL"], "wrong", sim.http).customer("C1")
    assert caught.value.status == 401


@pytest.mark.parametrize(
    ("fault", "code", "seconds"),
    [
        ({"status": 429, "retry_after": 60}, "throttled", 60.0),
        ({"status": 503, "retry_after": 60}, "server_error", 60.0),
        ({"status": 500}, "server_error", None),
        ({"after_applying": True}, "server_error", None),
        ({"garbage": True}, "bad_answer", None),
        ({"reset": True}, "unreachable", None),
    ],
)
def test_trouble_while_applying_is_for_later_and_nothing_is_sent_twice(sim, fault, code, seconds):
    sim.world.faults.add("onex", ":apply", **fault)
    with pytest.raises(TryLater) as caught:
        sim.onex().apply("C1", [change()])
    assert (caught.value.code, caught.value.retry_after) == (code, seconds)
    assert len([asked for asked in sim.world.requests if asked.method == "POST"]) == 1


def test_a_question_is_asked_once_more_after_a_quick_failure(sim):
    sim.world.faults.add("onex", "/customers/C1", status=503)
    assert sim.onex().customer("C1") == CONTOSO


RESULT = {"key": "k1", "status": "applied", "code": None, "detail": None, "held_version": 1}


@pytest.mark.parametrize("results", [[RESULT], [RESULT | {"key": "k2"}], []])
def test_a_result_may_be_missing(results):
    assert answering({"results": results}).apply("C1", [change("k1"), change("k2")]) == results


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"results": None},
        {"results": {}},
        {"results": ["k1"]},
        {"results": [{}]},
        {"results": [RESULT | {"status": "done"}]},
        {"results": [RESULT | {"status": ["applied"]}]},
        {"results": [RESULT | {"status": "stale", "held_version": None}]},
        {"results": [RESULT | {"status": "stale", "held_version": True}]},
        {"results": [RESULT | {"key": 1}]},
        {"results": [RESULT | {"key": "foreign"}]},
        {"results": [RESULT, RESULT]},
        {"results": [RESULT | {"key": "k2"}, RESULT]},
    ],
)
def test_results_that_do_not_fit_are_a_bad_answer(body):
    with pytest.raises(TryLater) as caught:
        answering(body).apply("C1", [change("k1"), change("k2")])
    assert caught.value.code == "bad_answer"


@pytest.mark.parametrize(
    "body",
    [[], {}, {"items": None}, {"items": ["x"]}, {"items": [], "next": 5}, {"items": [], "next": "again"}],
)
def test_a_list_that_does_not_fit_or_does_not_end_is_a_bad_answer(body):
    with pytest.raises(TryLater) as caught:
        list(answering(body).extensions("C1"))
    assert caught.value.code == "bad_answer"
