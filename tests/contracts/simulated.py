"""The simulated world over real HTTP, and our clients pointed at it."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import pytest

from mss.microsoft.graph import Graph
from mss.microsoft.tokens import Tokens
from mss.onex.client import OneX
from mss.simulators.server import environment, serve
from mss.simulators.world import Person, Tenant, World


@dataclass
class Simulated:
    """A running world with one tenant, contoso.test; `env` is what an installation would be set to."""

    world: World
    tenant: Tenant
    env: dict[str, str]
    http: httpx.Client
    tokens: Tokens

    def person(self, name: str = "Anna Berg", **fields: object) -> Person:
        email = f"{name.lower().replace(' ', '.')}@contoso.test"
        return self.world.add_person(self.tenant, name, email, **fields)

    def graph(self) -> Graph:
        return Graph(self.env["GRAPH_URL"], self._token, self.http)

    def onex(self) -> OneX:
        return OneX(self.env["ONEX_URL"], self.env["ONEX_TOKEN"], self.http)

    def _token(self, fresh: bool) -> str:
        if fresh:
            self.tokens.forget(self.tenant.id)
        return self.tokens.token(self.tenant.id)


@contextmanager
def simulated() -> Iterator[Simulated]:
    """A world that begins empty. Its subscriptions are made without calling anybody back."""
    world = World()
    world.notifications = lambda url, payload: None
    served = serve(world)
    env = environment(served)
    tokens = Tokens(env["MICROSOFT_CLIENT_ID"], env["MICROSOFT_CLIENT_SECRET"], env["MICROSOFT_AUTHORITY"])
    trusted = ssl.create_default_context(cafile=str(served.ca_file))
    with ExitStack() as stack:
        stack.callback(served.stop)
        stack.enter_context(pytest.MonkeyPatch.context()).setenv(
            "REQUESTS_CA_BUNDLE", env["REQUESTS_CA_BUNDLE"]
        )
        http = stack.enter_context(httpx.Client(verify=trusted))
        yield Simulated(world, world.add_tenant("Contoso AB", ["contoso.test"]), env, http, tokens)
