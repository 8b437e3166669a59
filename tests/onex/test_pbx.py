"""calendarsync.pbx: our changes to One X and back."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from calendarsync.core.booking import Absence, CallForwarding
from calendarsync.core.plan import Clear, Set
from calendarsync.core.ports import (
    Applied,
    Customer,
    Extension,
    PortError,
    Reason,
    Refused,
    Rejected,
    Stale,
    Unavailable,
)
from calendarsync.pbx import OneXPbx
from mss.onex.client import OneX

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = datetime(2026, 11, 24, 13, tzinfo=UTC)
TWO = datetime(2026, 11, 24, 14, tzinfo=UTC)
ANNA = Extension("E1", "+46101234501", "Anna Berg", "anna.berg@contoso.test", True)
BO = Extension("E2", "+46101234502", "Bo Ek", None, False)


def absence(key="k1", reason="meeting", forwarding=CallForwarding.NONE, title=None, returns_at=None):
    return Absence("", NOON, ONE, reason, forwarding, 4, title=title, returns_at=returns_at, key=key)


def setting(key="k1", version=1, extension="E1", **fields):
    return Set(key, extension, version, absence(key, **fields))


def clearing(key="k1", version=2):
    return Clear(key, "E1", version)


def plain(answer):
    """An answer as a plain value that compares: errors do not."""
    if isinstance(answer, PortError):
        return type(answer), answer.code, getattr(answer, "retry_after", None)
    return answer if not isinstance(answer, Rejected) else Rejected(answer.code)


def raised(call, *args):
    with pytest.raises(PortError) as caught:
        call(*args)
    return plain(caught.value)


@pytest.fixture
def pbx(sim):
    return OneXPbx(sim.onex(), "C1")


def test_a_company_and_its_people_are_values_of_the_core(pbx):
    assert pbx.customer() == Customer("C1", "Contoso AB", "556677-8899", "Europe/Stockholm")
    assert pbx.extension("Anna.Berg@contoso.test") == ANNA
    assert pbx.extension("nobody@contoso.test") is None
    assert list(pbx.search("+4610")) == [ANNA, BO]
    assert pbx.reasons()[1] == Reason("lunch", "Lunch", "Lunch")


def test_an_address_two_extensions_share_names_neither(pbx, sim):
    sim.world.pbx.extensions["E2"].email = "anna.berg@contoso.test"
    assert pbx.extension("anna.berg@contoso.test") is None


def test_what_was_set_is_held_to_the_letter_until_it_is_cleared(pbx):
    change = setting(forwarding=CallForwarding.ANNOUNCEMENT, title="Möte 🙂", returns_at=TWO)
    assert pbx.apply([change]) == [Applied()]
    assert pbx.held("E1") == [(change.absence, 1)]
    assert pbx.apply([clearing()]) == [Applied()]
    assert pbx.held("E1") == []


def test_each_change_has_its_own_answer_in_the_order_asked(pbx):
    pbx.apply([setting("old", 7)])
    changes = [
        setting("new"),
        setting("old", 3),
        setting("bad", reason="golf"),
        setting("stranger", extension="E9"),
        setting("plain", extension="E2", forwarding=CallForwarding.ANNOUNCEMENT),
        clearing("gone"),
    ]
    assert [plain(answer) for answer in pbx.apply(changes)] == [
        Applied(),
        Stale(7),
        Rejected("unknown_reason"),
        Rejected("unknown_extension"),
        Rejected("no_diversion_service"),
        Applied(),
    ]


def test_nothing_to_do_asks_nothing(pbx, sim):
    assert (pbx.apply([]), len(sim.world.requests)) == ([], 0)


def test_more_than_five_hundred_changes_take_several_calls(pbx, sim):
    changes = [setting(f"k{number}") for number in range(1_101)]
    assert pbx.apply(changes) == [Applied()] * 1_101
    assert [entry.call for entry in sim.world.pbx.log][::500] == [1, 2, 3]


def test_one_change_that_does_not_parse_is_found_and_the_others_go_on(pbx):
    changes = [setting("k1"), setting("k 2"), setting("k3")]
    assert pbx.apply(changes) == [Applied(), Rejected("invalid"), Applied()]
    assert [one.key for one, _ in pbx.held("E1")] == ["k1", "k3"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 401}, (Refused, "onex_token", None)),
        ({"status": 403}, (Refused, "onex_token", None)),
        ({"status": 404}, (Unavailable, "unknown_customer", None)),
        ({"status": 429, "retry_after": 60}, (Unavailable, "throttled", 60.0)),
        ({"status": 503, "retry_after": 60}, (Unavailable, "server_error", 60.0)),
        ({"status": 500}, (Unavailable, "server_error", None)),
        ({"reset": True}, (Unavailable, "unreachable", None)),
        ({"garbage": True}, (Unavailable, "bad_answer", None)),
    ],
)
def test_trouble_of_the_whole_call_is_raised(pbx, sim, fault, expected):
    sim.world.faults.add("onex", times=None, **fault)
    calls = [
        (pbx.apply, [setting()]),
        (pbx.held, "E1"),
        (pbx.customer,),
        (pbx.reasons,),
        (pbx.extension, "x"),
        (lambda: list(pbx.search("x")),),
    ]
    assert [raised(*call) for call in calls] == [expected] * 6


def test_a_lost_answer_leaves_what_was_applied_and_the_same_again_is_no_harm(pbx, sim):
    sim.world.faults.add("onex", ":apply", after_applying=True)
    assert raised(pbx.apply, [setting()]) == (Unavailable, "server_error", None)
    assert pbx.apply([setting()]) == [Applied()]
    assert pbx.held("E1") == [(absence(), 1)]


def test_a_second_call_that_fails_answers_for_its_own_changes_and_for_those_not_sent(pbx, sim):
    changes = [setting(f"k{number}") for number in range(1_100)]
    # Searched in path and query of the call: the second one is the first that meets it.
    sim.world.faults.add("onex", ":apply", delay=0.0)
    sim.world.faults.add("onex", ":apply", status=429, retry_after=60)
    answers = [plain(answer) for answer in pbx.apply(changes)]
    assert answers == [Applied()] * 500 + [(Unavailable, "throttled", 60.0)] * 600
    assert len(sim.world.requests) == 2


# What the simulated One X does not do.


def scripted(handler):
    """Our side of a One X whose `apply` answers what `handler` makes of the keys, and the keys it was sent."""
    sent = []

    def answer(request):
        sent.append([change["key"] for change in json.loads(request.content)["changes"]])
        return handler(sent[-1])

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return OneXPbx(OneX("https://onex.test", "token", http), "C1"), sent


def applied(keys):
    results = [{"key": key, "status": "applied", "held_version": 1} for key in keys]
    return httpx.Response(200, json={"results": results})


def test_too_many_changes_are_halved_until_they_are_taken():
    pbx, sent = scripted(lambda keys: applied(keys) if len(keys) < 3 else httpx.Response(413))
    assert pbx.apply([setting(key) for key in "abcde"]) == [Applied()] * 5
    assert ["".join(keys) for keys in sent] == ["abcde", "abc", "ab", "c", "de"]


def test_a_single_change_that_is_too_much_is_rejected():
    pbx, sent = scripted(lambda keys: httpx.Response(413))
    assert (pbx.apply([setting("a")]), sent) == ([Rejected("too_large")], [["a"]])


def test_a_change_that_was_not_answered_is_for_later():
    pbx, _ = scripted(lambda keys: applied(keys[1:]))
    answers = pbx.apply([setting("a"), setting("b")])
    assert [plain(answer) for answer in answers] == [(Unavailable, "bad_answer", None), Applied()]


def test_while_finding_the_culprit_an_outage_ends_the_search():
    def handler(keys):
        if len(keys) > 1:
            return httpx.Response(422)
        return applied(keys) if keys == ["a"] else httpx.Response(503, headers={"Retry-After": "9"})

    pbx, sent = scripted(handler)
    answers = [plain(answer) for answer in pbx.apply([setting(key) for key in "abcd"])]
    assert answers == [Applied()] + [(Unavailable, "server_error", 9.0)] * 3
    assert ["".join(keys) for keys in sent] == ["abcd", "a", "b"]


@pytest.mark.parametrize("missing", ["id", "services", "number", "name"])
def test_an_extension_that_lacks_something_is_a_bad_answer(missing):
    whole = {"id": "E1", "number": "+46", "name": "A", "email": None, "services": []}
    body = {"items": [{name: value for name, value in whole.items() if name != missing}], "next": None}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    pbx = OneXPbx(OneX("https://onex.test", "token", httpx.Client(transport=transport)), "C1")
    assert raised(pbx.extension, "x") == (Unavailable, "bad_answer", None)


def answering(answer):
    """Our side of a One X that gives this result for every change."""
    made = OneXPbx(
        OneX(
            "https://onex.test", "token", httpx.Client(transport=httpx.MockTransport(lambda request: reply()))
        ),
        "C1",
    )

    def reply():
        text = json.dumps(
            {"results": [{"key": "a"} | answer]}
        )  # lone surrogates as escapes, as JSON may have them
        return httpx.Response(200, content=text.encode(), headers={"Content-Type": "application/json"})

    return made


@pytest.mark.parametrize("held_version", [0, -1, 2**62, 2**63])
def test_a_version_nobody_could_go_on_above_is_a_bad_answer(held_version):
    [answer] = answering({"status": "stale", "held_version": held_version}).apply([setting("a")])
    assert plain(answer) == (Unavailable, "bad_answer", None)


@pytest.mark.parametrize(
    ("code", "kept"),
    [("x" * 60, "x" * 40), ("a\0b", "ab"), ("a\ud83d", "a"), ("", "invalid"), (None, "invalid")],
)
def test_a_code_is_kept_as_far_as_it_can_be(code, kept):
    assert answering({"status": "rejected", "code": code}).apply([setting("a")]) == [Rejected(kept)]


@pytest.mark.parametrize("status", [400, 422])
def test_one_change_that_one_x_cannot_parse_is_found_by_either_status(status):
    pbx, sent = scripted(lambda keys: httpx.Response(status) if "b" in keys else applied(keys))
    assert pbx.apply([setting(key) for key in "abc"]) == [Applied(), Rejected("invalid"), Applied()]
    assert ["".join(keys) for keys in sent] == ["abc", "a", "b", "c"]


WHOLE = {"id": "E1", "number": "+46", "name": "A", "email": None, "services": []}


def listing(**strange):
    """Our side of a One X with one extension."""
    text = json.dumps({"items": [WHOLE | strange], "next": None})
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=text.encode()))
    return OneXPbx(OneX("https://onex.test", "token", httpx.Client(transport=transport)), "C1")


@pytest.mark.parametrize("name", ["A\0", "A\ud83d"])
def test_what_postgresql_refuses_is_cleaned_out_of_a_name(name):
    assert list(listing(name=name).search("")) == [Extension("E1", "+46", "A", None, False)]


def test_what_is_too_long_to_keep_is_cut():
    found = listing(name="x" * 300, number="4" * 50, email="e" * 400).search("")
    assert list(found) == [Extension("E1", "4" * 32, "x" * 200, "e" * 320, False)]


@pytest.mark.parametrize(
    "strange",
    [{"id": ""}, {"id": "x" * 65}, {"id": "a\0"}, {"id": 7}, {"name": 7}, {"number": None}],
    ids=str,
)
def test_an_extension_that_cannot_be_kept_spoils_the_list(strange):
    assert raised(list, listing(**strange).search("")) == (Unavailable, "bad_answer", None)


def test_another_customer_than_was_asked_for_is_a_bad_answer(pbx, sim):
    sim.world.pbx.customers["C1"].id = "C2"
    assert raised(pbx.customer) == (Unavailable, "bad_answer", None)


@pytest.mark.parametrize(
    ("strange", "expected"),
    [
        ({"name": "x" * 300}, Customer("C1", "x" * 200, "556677-8899", "Europe/Stockholm")),
        ({"name": "A\0B"}, Customer("C1", "AB", "556677-8899", "Europe/Stockholm")),
        ({"time_zone": "z" * 99}, Customer("C1", "Contoso AB", "556677-8899", "z" * 64)),
        ({"organisation_number": None}, Customer("C1", "Contoso AB", "", "Europe/Stockholm")),
    ],
    ids=str,
)
def test_a_strange_customer_is_kept_as_far_as_it_can_be(pbx, sim, strange, expected):
    vars(sim.world.pbx.customers["C1"]).update(strange)
    assert pbx.customer() == expected


@pytest.mark.parametrize("strange", [{"name": None}, {"time_zone": 5}, {"organisation_number": 5}], ids=str)
def test_a_customer_that_is_none_is_a_bad_answer(pbx, sim, strange):
    vars(sim.world.pbx.customers["C1"]).update(strange)
    assert raised(pbx.customer) == (Unavailable, "bad_answer", None)
