"""`docs/onex-api.yaml` against its own examples, our client's requests and the simulated One X's answers."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from calendarsync.pbx import OneXPbx
from mss.onex.client import OneX, OneXError
from mss.wire import TryLater
from tests.contracts.openapi import Document

from .test_client import change
from .test_pbx import clearing, setting

DOCUMENT = Document(Path(__file__).parents[2] / "docs" / "onex-api.yaml")


class Recorder:
    """Keeps each request and answer that passes a client."""

    def __init__(self, http):
        self.exchanges = []
        http.event_hooks["response"].append(self.note)

    def note(self, response):
        response.read()
        self.exchanges.append((response.request, response))

    def complaints(self):
        return [each for exchange in self.exchanges for each in complaints(*exchange)]


def complaints(request, response):
    path, _, query = request.url.raw_path.decode().partition("?")
    body = json.loads(request.content) if request.content else None
    kind = response.headers["Content-Type"].partition(";")[0]
    return [
        *DOCUMENT.complaints_of_request(request.method, path, query, dict(request.headers), body),
        *DOCUMENT.complaints_of_answer(request.method, path, response.status_code, kind, response.json()),
    ]


def everything(onex):
    """Each call of the client, with answers of each kind."""
    pbx = OneXPbx(onex, "C1")
    pbx.customer(), pbx.reasons(), list(pbx.search("a")), pbx.extension("anna.berg@contoso.test")
    onex.person("t/1")
    pbx.apply([setting("k1", 7, title="Möte 🙂"), clearing("k2"), setting("k3", reason="golf")])
    pbx.apply([setting("k1", 3)])
    pbx.held("E1")


def test_what_we_send_and_what_the_simulated_one_x_answers_keep_to_the_document(sim):
    recorder = Recorder(sim.http)
    everything(sim.onex())
    sim.world.pbx.remove_by_hand("k1")
    list(sim.onex().absences("C1", "E1"))
    assert (recorder.complaints(), len(recorder.exchanges)) == ([], 9)


@pytest.mark.parametrize(
    "fault",
    [{"status": 429, "retry_after": 5}, {"status": 503, "retry_after": 5}, {"status": 500}, {"status": 403}],
)
def test_problems_keep_to_the_document(sim, fault):
    recorder = Recorder(sim.http)
    sim.world.faults.add("onex", times=None, **fault)
    for call in (sim.onex().person, sim.onex().customer, sim.onex().reasons):
        with pytest.raises((OneXError, TryLater)):
            call("C1")
    assert {response.status_code for _, response in recorder.exchanges} == {fault["status"]}
    assert recorder.complaints() == []


def test_refusals_keep_to_the_document(sim):
    recorder = Recorder(sim.http)
    onex = sim.onex()
    calls = [
        lambda: onex.person("nobody"),
        lambda: onex.customer("C9"),
        lambda: OneX(sim.env["ONEX_URL"], "wrong", sim.http).customer("C1"),
        lambda: onex.apply("C9", []),
    ]
    for call in calls:
        with pytest.raises(OneXError):
            call()
    assert recorder.complaints() == []


def test_the_document_parses_and_its_schemas_are_schemas():
    assert DOCUMENT.content["openapi"] == "3.1.0"
    for schema in DOCUMENT.content["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert DOCUMENT.loose_ends() == []


def test_every_example_of_the_document_fits_its_schema():
    pairs = DOCUMENT.examples()
    assert [DOCUMENT.against(schema, example) for schema, example in pairs] == [[]] * 14


@pytest.mark.parametrize(
    "wrong",
    [
        change() | {"subject": "x"},
        change(version=0),
        change(key="a b"),
        change(forwarding="voicemail"),
        change(starts_at="2026-11-24T12:00:00+01:00"),
        change(starts_at="2026-11-24 12:00"),
        change(priority="4"),
        change(op="clear"),
        {"op": "clear", "key": "k", "extension": "E1"},
    ],
)
def test_the_document_notices_a_change_that_is_wrong(wrong):
    headers = {"X-Request-ID": "1"}
    path = "/v1/customers/C1/absences:apply"
    assert DOCUMENT.complaints_of_request("POST", path, "", headers, {"changes": [change()]}) == []
    assert len(DOCUMENT.complaints_of_request("POST", path, "", headers, {"changes": [wrong]})) == 1


@pytest.mark.parametrize(
    ("method", "path", "query", "headers"),
    [
        ("GET", "/v1/customers/C1/people", "", {"X-Request-ID": "1"}),
        ("PUT", "/v1/customers/C1", "", {"X-Request-ID": "1"}),
        ("GET", "/v1/customers/C1", "", {}),
        ("GET", "/v1/customers/C1/extensions", "mail=x", {"X-Request-ID": "1"}),
        ("GET", "/v1/customers/C1/extensions", "limit=501", {"X-Request-ID": "1"}),
    ],
)
def test_the_document_notices_a_request_that_is_wrong(method, path, query, headers):
    assert len(DOCUMENT.complaints_of_request(method, path, query, headers, None)) == 1
