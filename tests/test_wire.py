"""mss.wire: what bounds a call, and what its failure means."""

import httpx
import pytest
import stamina
import time_machine

from mss import wire
from mss.wire import TryLater


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=2):
        yield


def client(handler):
    return httpx.Client(transport=httpx.MockTransport(handler))


def code_of(function, *args):
    """The code of the TryLater it raises."""
    with pytest.raises(TryLater) as caught:
        function(*args)
    return caught.value.code


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("5", 5.0),
        (" 2.5 ", 2.5),
        ("7200", 3600.0),
        ("9" * 400, 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2026 12:00:00 GMT", 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
@time_machine.travel("2026-11-24T12:00:00Z", tick=False)
def test_retry_after_is_read_as_seconds_or_as_a_date_and_never_beyond_an_hour(header, seconds):
    assert wire.retry_after(header) == seconds


@pytest.mark.parametrize(
    ("content", "value"),
    [(b'{"a": [1]}', {"a": [1]}), (b'"\\ud800x"', "\ud800x"), ('"å🙂"'.encode(), "å🙂")],
)
def test_json_is_read_even_with_a_lone_surrogate_in_it(content, value):
    assert wire.decode(content) == value


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b'{"value": [{"id": ', b"\xff\xfe\xff", b"[" * 100_000, b"1" * 5_000]
)
def test_what_is_no_json_is_a_bad_answer(content):
    assert code_of(wire.decode, content) == "bad_answer"


@pytest.mark.parametrize(
    ("status", "code", "seconds"),
    [
        (429, "throttled", 7.0),
        (503, "server_error", 7.0),
        (504, "server_error", 7.0),
        (500, "server_error", 7.0),
        (408, "server_error", 7.0),
        (302, "bad_answer", None),
    ],
)
def test_a_status_that_says_later_keeps_the_seconds_asked_for(status, code, seconds):
    later = wire.busy(status, httpx.Headers({"retry-after": "7"}))
    assert (later.code, later.retry_after) == (code, seconds)


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 404, 409, 422])
def test_other_statuses_do_not_say_later(status):
    assert wire.busy(status, {}) is None


def test_an_answer_over_twenty_megabytes_is_refused():
    http = client(lambda request: httpx.Response(200, content=b"x" * (wire.LARGEST_ANSWER + 1)))
    assert code_of(wire.call, http, "GET", "https://one.test/", {}) == "bad_answer"


def test_an_answer_of_twenty_megabytes_is_taken():
    http = client(lambda request: httpx.Response(200, content=b"x" * wire.LARGEST_ANSWER))
    assert len(wire.call(http, "GET", "https://one.test/", {}).content) == wire.LARGEST_ANSWER


def test_an_answer_that_trickles_is_given_up(monkeypatch):
    monkeypatch.setattr(wire, "TOTAL_SECONDS", -1.0)
    http = client(lambda request: httpx.Response(200, content=b"x"))
    assert code_of(wire.call, http, "GET", "https://one.test/", {}) == "timeout"


def test_a_redirect_is_not_followed():
    seen = []

    def handler(request):
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.test/"})

    http = httpx.Client(transport=httpx.MockTransport(handler), follow_redirects=True)
    assert wire.call(http, "GET", "https://one.test/", {"Authorization": "Bearer t"}).status == 302
    assert seen == ["one.test"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ConnectError("x"), "unreachable"),
        (httpx.RemoteProtocolError("x"), "unreachable"),
        (httpx.DecodingError("x"), "bad_answer"),
    ],
)
def test_trouble_on_the_way_has_a_code(error, code):
    def handler(request):
        raise error

    assert code_of(wire.call, client(handler), "GET", "https://one.test/", {}) == code


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (TryLater("unreachable"), 2),
        (TryLater("server_error", "503", 0.0), 2),
        (TryLater("throttled", "429", 2.0), 2),
        (TryLater("throttled", "429", 3.0), 1),
        (TryLater("bad_answer"), 1),
        (ValueError(), 1),
    ],
)
def test_only_a_quick_failure_is_tried_once_more(failure, attempts):
    tried = []

    def attempt():
        tried.append(1)
        raise failure

    with pytest.raises(type(failure)):
        wire.briefly(attempt)
    assert len(tried) == attempts
