"""What Graph's refusals mean to us, in the table and through the whole adapter."""

import pytest
import stamina

from calendarsync.core.ports import Callback, Mailbox, Missing, Refused, Unavailable
from calendarsync.exchange.graph_people import found
from calendarsync.exchange.graph_subscriptions import subscribed
from calendarsync.exchange.graph_trouble import directory_trouble, trouble
from mss.microsoft.errors import GraphRefused, TokenRefused
from mss.microsoft.graph import Answer
from mss.wire import TryLater
from tests.contracts.simulated import simulated
from tests.contracts.source_contract import WINDOW
from tests.contracts.test_graph import GraphStage

CALLBACK = Callback("https://mss.test/notified", "a-secret")


def plain(error):
    return type(error), error.code


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (GraphRefused(401, "invalidauthenticationtoken"), (Refused, "permission_missing")),
        (GraphRefused(401, "erroraccessdenied"), (Missing, "mailbox_denied")),
        (GraphRefused(401, "", whole=True), (Refused, "permission_missing")),
        (GraphRefused(403, "erroraccessdenied"), (Missing, "mailbox_denied")),
        (GraphRefused(403, "extensionerror"), (Missing, "mailbox_denied")),
        (GraphRefused(403, "", whole=True), (Refused, "permission_missing")),
        (GraphRefused(404, "mailboxnotenabledforrestapi"), (Missing, "no_mailbox")),
        (GraphRefused(404, "mailboxnothostedinexchangeonline"), (Missing, "no_mailbox")),
        (GraphRefused(404, "errornonexistentmailbox"), (Missing, "no_mailbox")),
        (GraphRefused(404, "errorinvaliduser"), (Missing, "no_mailbox")),
        (GraphRefused(404, "resourcenotfound"), (Missing, "no_mailbox")),
        (GraphRefused(404, "request_resourcenotfound"), (Missing, "mailbox_not_found")),
        (GraphRefused(404, ""), (Missing, "mailbox_not_found")),
        (GraphRefused(400, "errorinvalididmalformed"), (Unavailable, "server_error")),
        (GraphRefused(409, "conflict"), (Unavailable, "server_error")),
        (TokenRefused("consent_revoked", 7000229), (Refused, "consent_revoked")),
        (TokenRefused("our_credentials", 7000215), (Refused, "our_credentials")),
        (TryLater("timeout"), (Unavailable, "timeout")),
    ],
    ids=str,
)
def test_what_a_refusal_means_for_a_mailbox(failure, expected):
    assert plain(trouble(failure)) == expected


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_look_up_is_about_the_permission_and_not_about_a_person(status):
    failure = GraphRefused(status, "authorization_requestdenied")
    assert plain(directory_trouble(failure)) == (Refused, "permission_missing")


def test_the_seconds_asked_for_are_kept():
    assert trouble(TryLater("throttled", "429", 17.0)).retry_after == 17.0


def test_a_detail_for_the_log_names_the_code_and_nothing_else():
    assert str(trouble(GraphRefused(403, "erroraccessdenied"))) == "mailbox_denied: 403 erroraccessdenied"
    assert str(trouble(TokenRefused("tenant_gone", 90002))) == "tenant_gone: AADSTS90002"


@pytest.fixture
def stage():
    with stamina.set_testing(True, attempts=2), simulated() as sim:
        yield GraphStage(sim)


def everything(stage, mailboxes):
    """What each method answers, as plain values, for each of those asked."""
    source, ids = stage.source(), ["one", "two"]
    answers = {
        "read": source.read(mailboxes, WINDOW),
        "find": source.find(ids),
        "subscribe": source.subscribe([(mailbox, CALLBACK) for mailbox in mailboxes]),
        "renew": source.renew(ids),
        "unsubscribe": source.unsubscribe(ids),
    }
    return {name: {asked: plain(answer) for asked, answer in pairs} for name, pairs in answers.items()}


def all_alike(mailboxes, expected):
    by_id = dict.fromkeys(["one", "two"], expected)
    by_mailbox = dict.fromkeys(mailboxes, expected)
    return {
        "read": by_mailbox,
        "find": by_id,
        "subscribe": by_mailbox,
        "renew": by_id,
        "unsubscribe": by_id,
    }


@pytest.fixture
def mailboxes(stage):
    return [stage.mailbox(stage.person(name)) for name in ("Anna Berg", "Bo Ek")]


def test_without_consent_everything_is_refused_and_nothing_is_raised(stage, mailboxes):
    stage.sim.tenant.consented = False
    assert everything(stage, mailboxes) == all_alike(mailboxes, (Refused, "consent_revoked"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 503, "retry_after": 60}, (Unavailable, "server_error")),
        ({"status": 429, "retry_after": 60}, (Unavailable, "throttled")),
        ({"status": 403, "code": "Forbidden"}, (Refused, "permission_missing")),
        ({"status": 401, "code": "InvalidAuthenticationToken"}, (Refused, "permission_missing")),
        ({"garbage": True}, (Unavailable, "bad_answer")),
        ({"reset": True}, (Unavailable, "unreachable")),
    ],
    ids=str,
)
def test_what_fails_the_whole_call_is_everybodys_and_nothing_is_raised(stage, mailboxes, fault, expected):
    stage.world.faults.add("graph", times=None, **fault)
    assert everything(stage, mailboxes) == all_alike(mailboxes, expected)


def test_a_permission_that_is_missing_is_told_by_who_needs_it(stage, mailboxes):
    stage.sim.tenant.roles.clear()
    answers = everything(stage, mailboxes)
    assert set(answers["read"].values()) == {(Missing, "mailbox_denied")}
    assert set(answers["find"].values()) == {(Refused, "permission_missing")}


def test_a_mailbox_without_a_home_gets_no_subscription(stage, mailboxes):
    homeless = stage.mailbox(stage.person("No Mailbox", mailbox=False))
    answers = dict(stage.source().subscribe([(homeless, CALLBACK), (mailboxes[0], CALLBACK)]))
    assert plain(answers[homeless]) == (Missing, "no_mailbox")
    assert list(stage.world.subscriptions) == [answers[mailboxes[0]].id]


def test_a_second_duplicate_does_not_go_on_for_ever(stage, mailboxes):
    stage.world.faults.add(
        "graph", "/subscriptions", method="POST", times=None, part=True, status=409, code="Conflict"
    )
    [(asked, answer)] = stage.source().subscribe([(mailboxes[0], CALLBACK)])
    assert (asked, plain(answer)) == (mailboxes[0], (Unavailable, "server_error"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": "x"},
        {"id": None, "expirationDateTime": "2026-11-24T12:00:00Z"},
        {"id": "x", "expirationDateTime": "soon"},
        None,
        [],
    ],
)
def test_a_subscription_without_an_end_is_a_bad_answer(answer):
    assert plain(subscribed(Answer(201, answer))) == (Unavailable, "bad_answer")


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"id": "x"},
        {"id": None, "mail": "anna@contoso.test"},
        {"id": "x", "mail": 5},
        {"id": "x", "mail": "a", "proxyAddresses": 5},
    ],
)
def test_a_person_without_id_or_address_is_a_bad_answer(person):
    assert plain(found("anna@contoso.test", [person])) == (Unavailable, "bad_answer")


def test_a_person_who_has_not_the_address_is_not_taken_whatever_the_filter_let_through():
    people = [
        {"id": "1", "mail": None, "userPrincipalName": "Anna@contoso.test", "proxyAddresses": []},
        {"id": "2", "mail": "bo@contoso.test", "otherMails": ["anna@contoso.test"]},
    ]
    assert found("anna@contoso.test", people) == Mailbox("1", "Anna@contoso.test")
