"""Graph over HTTP, where a server misbehaves in ways the simulated one does not."""

import json
from itertools import count

import httpx
import pytest
import stamina

from mss.microsoft.errors import GraphRefused, TokenRefused
from mss.microsoft.graph import PREFER, Answer, Graph, Request
from mss.microsoft.paging import MOST_PAGES, pages
from mss.wire import TryLater

BASE = "https://graph.test/v1.0"
USERS = Request("/users")


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=2):
        yield


class Server:
    """Answers each request of a batch with what `part` makes of it; keeps what it was sent."""

    def __init__(self, part=None, whole=None):
        self.part, self.whole = part, whole
        self.calls, self.tokens = [], []

    def __call__(self, request):
        self.calls.append(request)
        if self.whole:
            return self.whole(request)
        parts = json.loads(request.content)["requests"]
        return httpx.Response(200, json={"responses": [self.part(one) | {"id": one["id"]} for one in parts]})

    def token(self, fresh):
        self.tokens.append(fresh)
        return "new" if fresh else "old"

    def graph(self, base=BASE):
        return Graph(base, self.token, httpx.Client(transport=httpx.MockTransport(self)))


def ok(body):
    return {"status": 200, "body": body}


def outcome(answer):
    """An answer or failure as plain values."""
    if isinstance(answer, Answer):
        return answer.status, answer.body
    if isinstance(answer, GraphRefused):
        return answer.status, answer.code
    if isinstance(answer, TryLater):
        return answer.code, answer.retry_after
    return answer


@pytest.mark.parametrize("base", ["https://graph.test", "https://graph.test/", BASE, BASE + "/"])
def test_the_version_is_added_where_the_address_has_none(base):
    server = Server(whole=lambda request: httpx.Response(200, json={}))
    server.graph(base).get("/users?$top=1")
    assert str(server.calls[0].url) == "https://graph.test/v1.0/users?$top=1"


def test_a_batch_is_cut_in_twenties():
    server = Server(part=lambda one: ok(one["url"]))
    requests = [Request(f"/users/{number}") for number in range(45)]
    answers = dict(server.graph().batch(requests))
    assert [len(json.loads(call.content)["requests"]) for call in server.calls] == [20, 20, 5]
    assert [answers[request].body for request in requests] == [request.url for request in requests]


def test_every_part_asks_for_immutable_ids():
    server = Server(part=lambda one: ok(one["headers"]))
    get, post = Request("/a", headers={"ConsistencyLevel": "eventual"}), Request("/b", "POST", {"x": 1})
    answers = dict(server.graph().batch([get, post]))
    assert answers[get].body == {"Prefer": PREFER, "ConsistencyLevel": "eventual"}
    assert answers[post].body == {"Prefer": PREFER, "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (ok({"a": 1}), (200, {"a": 1})),
        ({"status": 204}, (204, None)),
        ({"status": 429, "headers": {"retry-after": "17"}}, ("throttled", 17.0)),
        ({"status": 503, "headers": None, "body": "busy"}, ("server_error", None)),
        ({"status": 404, "body": {"error": {"code": "ErrorItemNotFound"}}}, (404, "erroritemnotfound")),
        ({"status": 403, "body": "PGh0bWw+"}, (403, "")),
        ({"status": 400, "body": {"error": "no"}}, (400, "")),
        ({"status": 302}, ("bad_answer", None)),
        ({"status": "200"}, ("bad_answer", None)),
        ({}, ("bad_answer", None)),
    ],
)
def test_each_part_has_its_own_outcome(part, expected):
    server = Server(part=lambda one: part if one["url"] == "/users" else ok("other"))
    other = Request("/other")
    answers = {request: outcome(answer) for request, answer in server.graph().batch([USERS, other])}
    assert answers == {USERS: expected, other: (200, "other")}


def test_a_part_left_out_is_a_bad_answer_of_that_part_alone():
    def whole(request):
        return httpx.Response(200, json={"responses": ["x", {"id": "7"}, {"id": "2"} | ok("second")]})

    second = Request("/second")
    answers = {
        request: outcome(answer) for request, answer in Server(whole=whole).graph().batch([USERS, second])
    }
    assert answers == {USERS: ("bad_answer", None), second: (200, "second")}


@pytest.mark.parametrize(
    ("whole", "expected", "calls"),
    [
        (httpx.Response(429, headers={"Retry-After": "90"}), ("throttled", 90.0), 1),
        (httpx.Response(503), ("server_error", None), 2),
        (httpx.Response(200, content=b'{"responses": ['), ("bad_answer", None), 1),
        (httpx.Response(200, json=[]), ("bad_answer", None), 1),
        (httpx.Response(200, json={"responses": None}), ("bad_answer", None), 1),
        (httpx.Response(200, content=b"[" * 100_000), ("bad_answer", None), 1),
        (httpx.Response(302, headers={"Location": "https://elsewhere.test"}), ("bad_answer", None), 1),
        (httpx.Response(403, content=b"<html>"), (403, ""), 1),
    ],
)
def test_what_fails_the_call_fails_every_part(whole, expected, calls):
    server = Server(whole=lambda request: whole)
    answers = [outcome(answer) for _, answer in server.graph().batch([USERS, Request("/other")])]
    assert (answers, len(server.calls)) == ([expected, expected], calls)


def test_a_quick_failure_is_tried_once_more():
    numbers = count()

    def whole(request):
        if next(numbers) == 0:
            raise httpx.ConnectError("reset")
        return httpx.Response(200, json={"id": "x"})

    assert Server(whole=whole).graph().get("/users/x") == {"id": "x"}


def test_a_refused_token_is_the_failure_of_every_part():
    refused = TokenRefused("consent_revoked", 7000229)

    def token(fresh):
        raise refused

    graph = Graph(BASE, token, httpx.Client(transport=httpx.MockTransport(Server())))
    assert [answer for _, answer in graph.batch([USERS, Request("/other")])] == [refused, refused]


def test_a_call_refused_with_401_is_made_again_with_a_new_token():
    server = Server()
    server.whole = lambda request: httpx.Response(
        200 if request.headers["Authorization"] == "Bearer new" else 401, json={"id": "x"}
    )
    assert server.graph().get("/users/x") == {"id": "x"}
    assert server.tokens == [False, True]


def test_a_second_401_is_the_answer():
    server = Server(whole=lambda request: httpx.Response(401))
    [(_, answer)] = server.graph().batch([USERS])
    assert (answer.status, answer.whole, server.tokens) == (401, True, [False, True])


def test_a_part_refused_with_401_is_asked_again_with_a_new_token():
    def part(one):
        return ok(one["url"]) if server.tokens == [False, True] or one["url"] == "/other" else {"status": 401}

    server, other = Server(part), Request("/other")
    answers = dict(server.graph().batch([USERS, other]))
    assert (answers[USERS].body, answers[other].body, server.tokens) == ("/users", "/other", [False, True])


def test_a_part_that_stays_401_does_not_go_on_for_ever():
    server = Server(part=lambda one: {"status": 401, "body": {"error": {"code": "ErrorAccessDenied"}}})
    [(_, answer)] = server.graph().batch([USERS])
    assert (outcome(answer), answer.whole, server.tokens) == (
        (401, "erroraccessdenied"),
        False,
        [False, True],
    )


# Paging.


def listing(server, *requests):
    return {
        request: outcome(items) if not isinstance(items, list) else items
        for request, items in pages(server.graph(), requests or [USERS])
    }


def page(items, link=None):
    return ok({"value": items} | ({"@odata.nextLink": link} if link else {}))


def test_pages_are_followed_to_the_end_and_each_list_is_its_own():
    def part(one):
        path, _, number = one["url"].partition("?page=")
        number = int(number or 1)
        link = f"{BASE}{path}?page={number + 1}" if number < int(path.removeprefix("/list/")) else None
        return page([{"id": f"{path}-{number}"}], link)

    server = Server(part)
    requests = [Request(f"/list/{length}") for length in (1, 3, 2)]
    lists = listing(server, *requests)
    assert [[item["id"] for item in lists[request]] for request in requests] == [
        ["/list/1-1"],
        ["/list/3-1", "/list/3-2", "/list/3-3"],
        ["/list/2-1", "/list/2-2"],
    ]
    assert [len(json.loads(call.content)["requests"]) for call in server.calls] == [3, 2, 1]


def test_an_empty_page_is_not_the_last():
    server = Server(
        part=lambda one: page([{"id": "x"}]) if "?" in one["url"] else page([], f"{BASE}/users?2")
    )
    assert listing(server) == {USERS: [{"id": "x"}]}


def test_headers_go_along_to_the_next_page():
    server = Server(part=lambda one: page([one["headers"]], None if "?" in one["url"] else f"{BASE}/users?2"))
    request = Request("/users", headers={"ConsistencyLevel": "eventual"})
    assert listing(server, request) == {request: [{"Prefer": PREFER, "ConsistencyLevel": "eventual"}] * 2}


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/v1.0/users?2",
        "https://graph.test@evil.test/v1.0/users?2",
        "https://graph.test.evil.test/v1.0/users?2",
        "http://graph.test/v1.0/users?2",
        "https://graph.test:8443/v1.0/users?2",
        "https://graph.test:port/v1.0/users?2",
        "https://graph.test/beta/users?2",
        "https://[graph.test/v1.0/users?2",
        "//graph.test/v1.0/users?2",
        "/users?2",
        "users?2",
        7,
    ],
)
def test_a_link_that_leads_away_is_not_followed(link):
    server = Server(part=lambda one: page([{"id": "x"}], link))
    assert (listing(server), len(server.calls)) == ({USERS: ("bad_answer", None)}, 1)


def test_the_default_port_may_be_spelt_out():
    server = Server(
        part=lambda one: page([], None if "?" in one["url"] else "https://graph.test:443/v1.0/users?2")
    )
    assert listing(server) == {USERS: []}


def test_the_same_link_twice_is_a_bad_answer():
    server = Server(part=lambda one: page([{"id": "x"}], f"{BASE}/users?2"))
    assert (listing(server), len(server.calls)) == ({USERS: ("bad_answer", None)}, 2)


def test_a_list_without_end_is_given_up():
    numbers = count()
    server = Server(part=lambda one: page([], f"{BASE}/users?{next(numbers)}"))
    assert (listing(server), len(server.calls)) == ({USERS: ("bad_answer", None)}, MOST_PAGES + 1)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"value": None}, {"value": {}}, {"value": [1]}])
def test_what_is_no_list_is_a_bad_answer(body):
    assert listing(Server(part=lambda one: ok(body))) == {USERS: ("bad_answer", None)}


def test_a_list_whose_second_page_fails_is_no_list_and_the_others_are_whole():
    def part(one):
        if "?" in one["url"]:
            return {"status": 429, "headers": {"Retry-After": "30"}}
        return page([{"id": "x"}], f"{BASE}/users?2" if one["url"] == "/users" else None)

    other = Request("/other")
    assert listing(Server(part), USERS, other) == {USERS: ("throttled", 30.0), other: [{"id": "x"}]}
