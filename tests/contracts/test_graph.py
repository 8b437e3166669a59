"""The list of `source_contract`, for Graph; and adapters that are broken on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import stamina

from calendarsync.core.ports import Mailbox, Reading, Unavailable
from calendarsync.core.window import Window
from calendarsync.exchange import graph, graph_calendar, graph_event
from calendarsync.exchange.graph import GraphSource
from mss.microsoft import graph as wire
from mss.microsoft import paging
from mss.microsoft.errors import GraphRefused
from mss.microsoft.graph import Graph

from . import source_contract_people  # noqa: F401 (adds its promises to the list)
from .simulated import Simulated, simulated
from .source_contract import HOUR, PROMISES, TEN, WINDOW, broken, told

FAULTS = {
    "throttled": {"status": 429, "retry_after": 30},
    "unavailable": {"status": 503},
    "missing": {"status": 404, "code": "MailboxNotEnabledForRESTAPI"},
    "garbage": {"garbage": True},
}
READS = ("/calendarView", "/events")


class GraphStage:
    """Graph over real HTTP. `expands`: whether calendar views carry the add-in's property."""

    def __init__(self, sim: Simulated, expands: bool = True) -> None:
        self.sim, self.world, self.person = sim, sim.world, sim.person
        self.world.expand_on_calendar_view = expands

    def source(self, *, titles=True, plugin=True):
        addin_id = self.sim.env["OUTLOOK_ADDIN_ID"] if plugin else None
        reasons = frozenset({"lunch", "meeting"})
        return GraphSource(self.sim.graph(), titles, addin_id, reasons)

    def mailbox(self, person):
        return Mailbox(person.id, person.email)

    def trouble(self, person, kind):
        self.world.faults.add("graph", f"/users/{person.id}/", part=True, times=None, **FAULTS[kind])

    def break_connections(self):
        self.world.faults.add("graph", times=None, reset=True)

    def reads(self):
        return [asked for asked in self.world.requests if asked.path.endswith(READS)]

    def fields_asked(self):
        return {name for asked in self.reads() for name in asked.query.get("$select", "*").split(",")}

    def unstable_ids_asked(self):
        return len([asked for asked in self.reads() if "ImmutableId" not in asked.headers.get("Prefer", "")])


@pytest.fixture
def sim() -> Iterator[Simulated]:
    with stamina.set_testing(True, attempts=2), simulated() as sim:
        yield sim


@pytest.mark.parametrize("expands", [True, False], ids=["expanded", "not expanded"])
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_graph_keeps_its_promise_that(promise, expands, sim):
    promise(GraphStage(sim, expands))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 429, "retry_after": 30}, (Unavailable, "throttled", 30.0)),
        ({"garbage": True}, (Unavailable, "bad_answer", None)),
    ],
)
def test_a_page_that_fails_spoils_its_own_mailbox_only(sim, fault, expected):
    stage, people = GraphStage(sim), [sim.person("Anna Berg"), sim.person("Bo Ek")]
    for person in people:
        for number in range(600):
            sim.world.book(person.id, f"{number}", TEN, TEN + HOUR)
    sim.world.faults.add("graph", rf"/users/{people[0].id}/.*skiptoken", part=True, times=None, **fault)
    answers = stage.source().read([stage.mailbox(person) for person in people], WINDOW)
    assert {box.id: told(answer) for box, answer in answers} == {people[0].id: expected, people[1].id: 600}


def test_two_calls_of_twenty_each_cost_one_request_and_no_more(sim):
    stage, people = GraphStage(sim), [sim.person(f"Person {number}") for number in range(40)]
    assert len(dict(stage.source().read([stage.mailbox(person) for person in people], WINDOW))) == 40
    assert len([asked for asked in sim.world.requests if asked.path.endswith("/$batch")]) == 2


def test_an_expired_token_is_replaced_within_the_reading(sim):
    stage, anna = GraphStage(sim), sim.person()
    sim.world.book(anna.id, "Budget", TEN, TEN + HOUR)
    sim.tokens.token(sim.tenant.id)
    sim.world.secrets.signing_key = "another-key-of-at-least-32-bytes-and-more"
    [(_, reading)] = stage.source().read([stage.mailbox(anna)], WINDOW)
    assert told(reading) == 1


# An adapter that is broken in one way fails the promises about it, and no other.


def first_page_only(graph, walk, body, real=paging._advance):
    return real(graph, walk, {"value": body["value"]} if isinstance(body, dict) else body)


def unknown_is_public(entry, zone, choice, real=graph_event.booking, **settings):
    known = entry["sensitivity"] in {"private", "personal", "confidential"}
    return real(entry | {"sensitivity": "private" if known else "normal"}, zone, choice, **settings)


def all_day_is_an_instant(entry, zone):
    def instant(moment):
        return datetime.fromisoformat(moment["dateTime"]).replace(tzinfo=UTC)

    return instant(entry["start"]), instant(entry["end"])


def declined_is_forgotten(entry, zone, choice, real=graph_event.booking, **settings):
    return real(entry | {"responseStatus": None}, zone, choice, **settings)


def trouble_is_an_empty_calendar(failure):
    return Reading()


def one_fails_all(self, requests, size=20, real=Graph.batch):
    answers = dict(real(self, requests, size))
    failed = next((each for each in answers.values() if not isinstance(each, wire.Answer)), None)
    return (dict.fromkeys(answers, failed) if failed else answers).items()


def seconds_are_lost(failure, real=graph.trouble):
    answer = real(failure)
    return Unavailable(answer.code) if isinstance(answer, Unavailable) else answer


def gone_is_an_error(answer):
    return Unavailable("server_error") if isinstance(answer, GraphRefused) else None


def series_choice_only(entries, chosen, window, real=graph_calendar.reading, **settings):
    masters = {entry.get("seriesMasterId") for entry in entries.values()}
    return real(
        entries,
        {name: choice for name, choice in chosen.items() if name in masters},
        window,
        **settings,
    )


ALONE = "each_mailbox_stands_alone_whichever_of_a_batch_are_in_trouble"
BROKEN = "a_connection_that_breaks_is_everybodys_trouble_and_nobodys_empty_calendar"
GONE = "a_mailbox_that_is_not_there_is_missing"
CHOICE = "a_choice_comes_with_its_booking"
TITLE = "a_title_is_not_asked_for_where_titles_are_off"
BODY = "body_people_and_place_are_never_asked_for"
UNRENEWED = "a_subscription_that_is_gone_cannot_be_renewed_and_need_not_be_removed"
ALL_DAY = "an_all_day_booking_is_the_local_days_across_the_clock_change"
TODAY = "an_all_day_booking_of_today_belongs_wherever_its_owner_lives"
SERIES = "a_choice_for_a_series_counts_where_an_occurrence_has_none"


@pytest.mark.parametrize(
    ("place", "name", "wrong", "noticed"),
    [
        (paging, "_advance", first_page_only, {"a_long_calendar_comes_whole"}),
        (graph_event, "booking", unknown_is_public, {"nothing_of_a_private_booking_is_kept"}),
        (graph_event, "booking", declined_is_forgotten, {"cancelled_and_declined_are_told"}),
        (graph_event, "_times", all_day_is_an_instant, {ALL_DAY}),
        (Window, "asked", property(lambda window: (window.starts_at, window.ends_at)), {TODAY}),
        (graph_calendar, "SELECT", graph_calendar.SELECT + ",subject", {TITLE}),
        (graph_calendar, "SELECT", graph_calendar.SELECT + ",bodyPreview", {BODY}),
        (wire, "PREFER", 'outlook.timezone="UTC"', {"an_id_survives_a_move_to_another_folder"}),
        (graph, "trouble", trouble_is_an_empty_calendar, {ALONE, BROKEN, GONE}),
        (graph, "trouble", seconds_are_lost, {ALONE}),
        (Graph, "batch", one_fails_all, {ALONE, GONE}),
        (graph.graph_subscriptions, "removed", gone_is_an_error, {UNRENEWED}),
        (graph_calendar, "reading", series_choice_only, {CHOICE, SERIES}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_adapter_is_found_out(place, name, wrong, noticed, monkeypatch):
    @contextmanager
    def stage() -> Iterator[GraphStage]:
        with simulated() as sim:
            yield GraphStage(sim)

    monkeypatch.setattr(place, name, wrong)
    with stamina.set_testing(True, attempts=2):
        assert broken(stage) == noticed
