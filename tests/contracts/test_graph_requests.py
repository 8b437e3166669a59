"""What we ask of Graph, and what the simulated one answers, against Microsoft's own description of it."""

import json
import os
from pathlib import Path

import pytest
import stamina

from calendarsync.core.ports import Callback
from mss.microsoft.graph import PREFER

from .openapi import Document
from .simulated import simulated
from .source_contract import HOUR, TEN, WINDOW
from .test_graph import GraphStage

CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", Path(__file__).parents[3] / "shared" / "contracts"))
FILE = CONTRACTS / "graph" / "openapi.yaml"
CALLBACK = Callback("https://mss.test/notified", "a-secret")


@pytest.fixture(scope="module")
def document():
    if not FILE.exists():
        pytest.skip(f"Microsoft's description is not at {FILE}; set CONTRACTS_DIR")
    return Document(FILE)


@pytest.fixture(scope="module")
def parts():
    """(request, answer) of every part of every batch, from a run through all that the adapter does."""
    with stamina.set_testing(True, attempts=2), simulated() as sim:
        seen = []

        def note(response):
            if not response.url.path.endswith("$batch"):
                return
            answers = {part["id"]: part for part in json.loads(response.read())["responses"]}
            seen.extend(
                (part, answers[part["id"]]) for part in json.loads(response.request.content)["requests"]
            )

        sim.http.event_hooks["response"].append(note)
        for expands in (True, False):
            everything(GraphStage(sim, expands))
        return seen


def everything(stage):
    """Every request the adapter makes, with and without titles and plugin, paging, refusals and duplicates."""
    anna, bo = stage.person(aliases=["o'anna@contoso.test"]), stage.person("Bo Ek", mailbox=False)
    master, *_ = stage.world.book_series(anna.id, "Standup", TEN, TEN + HOUR, 1, 3)
    stage.world.set_choice(master.id, "lunch")
    for number in range(600):
        stage.world.book(anna.id, f"{number}", TEN, TEN + HOUR, show_as="oof")
    boxes = [stage.mailbox(anna), stage.mailbox(bo)]
    for titles, plugin in ((True, True), (False, False)):
        dict(stage.source(titles=titles, plugin=plugin).read(boxes, WINDOW))
    source = stage.source()
    dict(source.find([anna.email, "o'anna@contoso.test", "nobody@contoso.test"]))
    dict(source.subscribe([(box, CALLBACK) for box in boxes]))
    [(_, made)] = source.subscribe([(boxes[0], CALLBACK)])
    dict(source.renew([made.id, "gone"])), dict(source.unsubscribe([made.id, "gone"]))


def test_everything_we_ask_for_is_in_microsofts_description(document, parts):
    complaints = [
        (part["url"], complaint)
        for part, _ in parts
        if "$skiptoken" not in part["url"]  # a link of Graph's own, followed as given
        for complaint in document.complaints_of_request(
            part["method"], *part["url"].partition("?")[::2], part["headers"], part.get("body")
        )
    ]
    assert complaints == []


def test_everything_the_simulated_graph_answers_is_in_it_too(document, parts):
    complaints = [
        (part["url"], complaint)
        for part, answer in parts
        for complaint in document.complaints_of_answer(
            part["method"],
            part["url"].partition("?")[0],
            answer["status"],
            answer["headers"].get("Content-Type", "").partition(";")[0],
            answer.get("body"),
        )
    ]
    assert complaints == []


def test_the_run_has_met_every_kind_of_request(parts):
    kinds = {(part["method"], part["url"].partition("?")[0].rpartition("/")[2]) for part, _ in parts}
    names = {(method, name) for method, name in kinds if name.isalpha() and name != "gone"}
    assert names == {
        ("GET", "calendarView"),
        ("GET", "events"),
        ("GET", "users"),
        ("GET", "subscriptions"),
        ("POST", "subscriptions"),
    }
    assert {method for method, _ in kinds} == {"GET", "POST", "PATCH", "DELETE"}


def test_immutable_ids_are_asked_for_in_every_part(parts):
    assert {part["headers"]["Prefer"] for part, _ in parts} == {PREFER}


@pytest.mark.parametrize(
    ("url", "complaints"),
    [
        ("startDateTime=2027-03-22T00:00:00Z&endDateTime=2027-03-23T00:00:00Z&$select=id,showAs", 0),
        ("startDateTime=2027-03-22T00:00:00Z&endDateTime=2027-03-23T00:00:00Z&$select=id,visaSom", 1),
        ("startDateTime=2027-03-22T00:00:00Z&endDateTime=2027-03-23T00:00:00Z&$pick=id", 1),
        ("startDateTime=2027-03-22T00:00:00Z", 1),
    ],
)
def test_a_request_microsoft_does_not_describe_is_noticed(document, url, complaints):
    found = document.complaints_of_request("GET", "/users/x/calendarView", url, {}, None)
    assert len(found) == complaints
