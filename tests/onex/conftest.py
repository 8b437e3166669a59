"""A simulated One X with one customer, two extensions and an administrator."""

from collections.abc import Iterator

import pytest
import stamina

from mss.simulators.pbx import Customer, Extension, Membership, TelenorPerson
from tests.contracts.simulated import Simulated, simulated


@pytest.fixture
def sim() -> Iterator[Simulated]:
    with stamina.set_testing(True, attempts=2), simulated() as sim:
        pbx = sim.world.pbx
        pbx.customers["C1"] = Customer("C1", "Contoso AB", "556677-8899")
        pbx.extensions["E1"] = Extension(
            "E1", "C1", "+46101234501", "Anna Berg", "anna.berg@contoso.test", ["diversion"]
        )
        pbx.extensions["E2"] = Extension("E2", "C1", "+46101234502", "Bo Ek", None)
        pbx.persons["t/1"] = TelenorPerson(
            "t/1",
            "Anna Berg",
            "anna.berg@contoso.test",
            memberships=[Membership("C1", administrator=True, extension_id="E1"), Membership("C1")],
        )
        yield sim
