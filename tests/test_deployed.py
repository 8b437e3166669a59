"""The web process as a service runs it: gunicorn, the settings of production, the styles it serves itself."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import httpx
import pytest

from mss import stage

from .test_checks import PRODUCTION, ROOT

HTTPS = {"X-Forwarded-Proto": "https", "Host": "sync.contoso.test"}


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A browser behind a proxy, as it were: its requests say that they came over TLS."""
    database, (port,) = tmp_path_factory.mktemp("web") / "db.sqlite3", stage.free_ports(1)
    env = {
        "PATH": os.environ["PATH"],
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{database}",
        "CACHE_URL": "locmemcache://",
        "CELERY_BROKER_URL": "",
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
    }
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:mss.gunicorn", "mss.wsgi"]
    process = subprocess.Popen(gunicorn, cwd=ROOT, env=env, start_new_session=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HTTPS, trust_env=False) as client:
        wait(client)
        yield client
    process.terminate()
    process.wait(20)


def wait(client):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the web process does not answer")


def test_a_page_comes_with_its_styles_and_the_headers_of_a_service(web):
    page = web.get("/logga-in/")
    assert page.status_code == 200
    styles = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert any(re.search(r"/app\.[0-9a-f]{12}\.css$", each) for each in styles)
    for each in styles:
        answer = web.get(each)
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True), each
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_cookies_are_of_this_host_alone_over_tls_and_out_of_reach_of_scripts(web):
    cookies = web.get("/accounts/login/").headers.get_list("Set-Cookie")
    assert cookies
    for each in cookies:
        assert each.startswith("__Host-")
        assert {"Secure", "Path=/", "SameSite=Lax"} <= {part.strip() for part in each.split(";")}


def test_what_did_not_come_over_tls_is_sent_there_except_the_questions_of_a_load_balancer(web):
    plain = {"X-Forwarded-Proto": "http"}
    answer = web.get("/logga-in/", headers=plain)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://sync.contoso.test/logga-in/")
    assert [web.get(path, headers=plain).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_another_host_is_refused_and_an_error_tells_nothing_of_the_inside(web):
    assert web.get("/logga-in/", headers={"Host": "evil.test"}).status_code == 400
    missing = web.get("/finns-inte/")
    assert (missing.status_code, "Traceback" in missing.text) == (404, False)


def test_telenor_id_that_cannot_be_reached_is_a_page(web):
    answer = web.get("/start/")
    assert (answer.status_code, "Telenor ID" in answer.text) == (503, True)
