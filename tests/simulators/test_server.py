"""The world on the network: TLS, connections kept, controls, and the command that serves it."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from mss.simulators.server import Served, environment, serve
from mss.simulators.world import World

from .conftest import NOW, Faces
from .test_onex import put

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(faces: Faces) -> Iterator[Served]:
    served = serve(faces.world, pages=Request.application(lambda request: Response("spelplan")))
    yield served
    served.stop()


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=str(served.ca_file))
    with httpx.Client(base_url=served.urls["faces"], verify=trusted) as client:
        yield client


class TestNetwork:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_whoever_trusts_the_authority_is_served(
        self, served: Served, http: httpx.Client, host: str
    ) -> None:
        url = served.urls["faces"].replace("127.0.0.1", host)
        assert http.get(f"{url}/sim/health").json()["people"] == 2

    def test_nobody_else_is(self, served: Served) -> None:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{served.urls['faces']}/sim/health", trust_env=False)

    def test_pages_are_plain_http(self, served: Served) -> None:
        assert httpx.get(served.urls["pages"]).text == "spelplan"

    def test_a_connection_is_kept_whatever_was_sent(self, http: httpx.Client) -> None:
        ports = {
            http.request(method, path, content=body)
            .extensions["network_stream"]
            .get_extra_info("client_addr")
            for method, path, body in (
                ("GET", "/sim/health", b""),
                ("POST", "/v1.0/$batch", b"x" * 100_000),
                ("POST", "/sim/book", b"{"),
                ("POST", "/v1/nothing", iter([b"chunk", b"chunk"])),
                ("DELETE", "/sim/faults", b""),
            )
        }
        assert len(ports) == 1

    def test_a_client_that_says_nothing_keeps_nobody_waiting(
        self, served: Served, http: httpx.Client
    ) -> None:
        port = httpx.URL(served.urls["faces"]).port
        with socket.create_connection(("127.0.0.1", port)):
            assert http.get("/sim/health", timeout=2).status_code == 200

    def test_a_connection_that_breaks_leaves_no_answer(self, http: httpx.Client, faces: Faces) -> None:
        faces.world.faults.add("onex", reset=True)
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("/v1/customers/contoso")
        assert http.get("/v1/customers/contoso").status_code == 401

    def test_a_slow_answer_comes_after_the_delay(self, http: httpx.Client, faces: Faces) -> None:
        faces.world.faults.add("onex", delay=5)
        with pytest.raises(httpx.ReadTimeout):
            http.get("/v1/customers/contoso", timeout=0.2)

    def test_the_environment_points_the_product_here(self, served: Served) -> None:
        secrets, faces = served.world.secrets, served.urls["faces"]
        assert environment(served) == {
            "MICROSOFT_AUTHORITY": faces,
            "GRAPH_URL": f"{faces}/v1.0",
            "ONEX_URL": faces,
            "ONEX_TOKEN": secrets.onex_token,
            "MICROSOFT_CLIENT_ID": secrets.client_id,
            "MICROSOFT_CLIENT_SECRET": secrets.client_secret,
            "OUTLOOK_ADDIN_ID": secrets.addin_id,
            "TELENOR_ID_ISSUER": f"{faces}/telenor-id",
            "TELENOR_ID_CLIENT_ID": secrets.telenor_id_client_id,
            "TELENOR_ID_CLIENT_SECRET": secrets.telenor_id_client_secret,
            "ONEX_WEB_URL": f"{served.urls['pages']}/onex/",
            "SSL_CERT_FILE": str(served.ca_file),
            "REQUESTS_CA_BUNDLE": str(served.ca_file),
        }


class TestControls:
    def send(self, faces: Faces, path: str, **body: Any) -> Any:
        return faces.plain("POST", f"/sim/{path}", json=body).json

    def test_a_booking_is_made_changed_chosen_and_deleted(self, faces: Faces) -> None:
        times = {"starts_at": "2026-11-24T10:00:00+01:00", "ends_at": "2026-11-24T11:00:00+01:00"}
        event = self.send(faces, "book", person="anna@contoso.test", subject="Möte", show_as="oof", **times)[
            "id"
        ]
        self.send(faces, "change", event=event, sensitivity="private")
        self.send(faces, "choice", event=event, reason="lunch")
        held = faces.world.events[event]
        assert (held.starts_at.hour, held.show_as, held.sensitivity, "lunch" in (held.choice or "")) == (
            9,
            "oof",
            "private",
            True,
        )
        self.send(faces, "choice", event=event, clear=True)
        assert faces.world.events[event].choice is None
        self.send(faces, "delete", event=event)
        assert faces.world.events == {}

    def test_the_exchange_can_be_looked_at(self, faces: Faces) -> None:
        faces.world.pbx.apply("contoso", [put(forwarding="announcement")])
        look = {"at": "2026-11-24T10:30:00+01:00"}
        call = faces.plain("GET", "/sim/call/+46104900001", query_string=look).json
        rows = faces.plain("GET", "/sim/directory/contoso", query_string=look).json
        absences = faces.plain("GET", "/sim/absences/contoso").json
        assert call["sentence"] == "Anna Berg är på möte och är åter klockan 11:00."
        assert [each["active"] and each["active"]["label"] for each in rows] == ["Möte", None]
        assert [each["key"] for each in absences] == ["k1"]

    def test_faults_are_ordered_and_cleared(self, faces: Faces) -> None:
        self.send(faces, "faults", face="onex", status=503, retry_after=2, times=None)
        assert [faces.onex("GET", "/customers/contoso").status_code for _ in "ab"] == [503, 503]
        faces.plain("DELETE", "/sim/faults")
        assert faces.onex("GET", "/customers/contoso").status_code == 200

    def test_requests_are_listed_by_face(self, faces: Faces) -> None:
        faces.onex("GET", "/customers/contoso")
        faces.graph("GET", "/users")
        asked = faces.plain("GET", "/sim/requests?face=graph").json
        assert [each["path"] for each in asked] == ["/v1.0/users"]

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("GET", "/sim/call/1", None, 404),
            ("GET", "/sim/directory/x", None, 404),
            ("GET", "/sim/nothing", None, 404),
            ("POST", "/sim/delete", {"event": "x"}, 404),
            ("POST", "/sim/faults", {"face": "onex", "colour": "red"}, 400),
            ("POST", "/sim/faults", {"face": "onex", "path": "("}, 400),
            ("POST", "/sim/book", [], 400),
        ],
    )
    def test_what_cannot_be_done_is_said(
        self, faces: Faces, method: str, path: str, body: Any, status: int
    ) -> None:
        more = {} if body is None else {"json": body}
        assert faces.plain(method, path, **more).status_code == status


class TestCommand:
    @pytest.fixture
    def simulate(self, tmp_path: Path) -> Iterator[Any]:
        started: list[subprocess.Popen[str]] = []

        def start(*arguments: str) -> dict[str, str]:
            file = tmp_path / "world.env"
            file.unlink(missing_ok=True)
            command = [
                sys.executable,
                "manage.py",
                "simulate",
                "--state",
                str(tmp_path),
                "--environment",
                str(file),
            ]
            env = {**os.environ, "SECRET_KEY": "only for tests"}
            started.append(subprocess.Popen([*command, *arguments], cwd=ROOT, env=env, text=True))
            deadline = time.monotonic() + 20
            while not file.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            return dict(line.split("=", 1) for line in file.read_text().splitlines())

        def stop(number: int = signal.SIGTERM) -> int:
            started[-1].send_signal(number)
            return started[-1].wait(10)

        yield start, stop
        for each in started:
            each.kill()
            each.wait()

    def ask(self, env: dict[str, str], method: str, path: str, **more: Any) -> Any:
        trusted = ssl.create_default_context(cafile=env["SSL_CERT_FILE"])
        return httpx.request(method, f"{env['ONEX_URL']}{path}", verify=trusted, **more).json()

    def test_it_serves_until_it_is_told_to_end(self, simulate: Any) -> None:
        start, stop = simulate
        env = start()
        assert self.ask(env, "GET", "/sim/health")["people"] == 46
        assert stop() == 0

    def test_a_kept_world_goes_on_where_it_ended(self, simulate: Any, tmp_path: Path) -> None:
        start, stop = simulate
        times = {"starts_at": NOW.isoformat(), "ends_at": "2026-11-24T10:00:00Z"}
        body = {"person": "anna.berg@contoso.test", "subject": "Kvar", **times}
        event = self.ask(start("--keep"), "POST", "/sim/book", json=body)["id"]
        assert stop(signal.SIGINT) == 0
        assert World.load(tmp_path / "world.pickle").events[event].subject == "Kvar"
        assert self.ask(start("--keep"), "POST", "/sim/delete", json={"event": event}) == {"deleted": event}

    def test_telenor_id_sends_people_to_the_product_it_was_told(self, simulate: Any) -> None:
        start, _ = simulate
        env = start("--product", "http://sync.test:1234/")
        trusted = ssl.create_default_context(cafile=env["SSL_CERT_FILE"])
        said = httpx.get(
            f"{env['TELENOR_ID_ISSUER']}/.well-known/openid-configuration", verify=trusted
        ).json()
        asked = {"client_id": env["TELENOR_ID_CLIENT_ID"], "redirect_uri": "http://sync.test:1234/x"}
        page = httpx.get(said["authorization_endpoint"], params=asked)
        assert said["authorization_endpoint"].startswith(env["ONEX_WEB_URL"].removesuffix("onex/"))
        assert "Registrerad: http://sync.test:1234/accounts/oidc/telenor-id/login/callback/" in page.text

    def test_a_product_without_an_address_is_refused(self) -> None:
        command = [sys.executable, "manage.py", "simulate", "--product", "localhost"]
        env = {**os.environ, "SECRET_KEY": "only for tests"}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, "--product is an address" in done.stderr) == (2, True)

    def test_help_names_every_option(self) -> None:
        command = [sys.executable, "manage.py", "simulate", "--help"]
        text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert {
            *("--host", "--port", "--pages-port", "--product"),
            *("--users", "--keep", "--state", "--environment"),
        } <= set(re.findall(r"--[a-z-]+", text))
