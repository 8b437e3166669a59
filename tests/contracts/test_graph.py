"""The list of `source_contract`, for Graph; and adapters that are broken on purpose."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import stamina

from calendarsync.core.booking import Booking
from calendarsync.core.ports import Mailbox
from calendarsync.exchange import graph_calendar, graph_event
from calendarsync.exchange.graph import GraphSource
from mss.microsoft import graph as wire
from mss.microsoft import paging

from . import source_contract
from .simulated import Simulated, simulated
from .source_contract import PROMISES, STOCKHOLM

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
        return GraphSource(self.sim.graph(), self.sim.tenant.id, STOCKHOLM, titles, addin_id, reasons)

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
