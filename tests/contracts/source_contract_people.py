"""The rest of `source_contract`: finding people, and having their mailboxes knock."""

from calendarsync.core.ports import Callback, Mailbox, Missing, Subscribed

from .source_contract import CALLBACK, promise

# Finding people.


@promise
def a_person_is_found_by_any_of_their_addresses_in_any_case(stage):
    anna = stage.person(
        aliases=["Anna.Bergström@contoso.test", "o'anna+x&y#z@contoso.test"], upn="ab1@contoso.test"
    )
    asked = [
        "anna.berg@contoso.test",
        "ANNA.BERG@contoso.test",
        "ab1@contoso.test",
        "anna.bergström@contoso.test",
        "O'Anna+x&y#z@contoso.test",
    ]
    found = dict(stage.source().find(asked))
    assert found == dict.fromkeys(
        asked,
        Mailbox(
            anna.id,
            "anna.berg@contoso.test",
            ("ab1@contoso.test", "anna.bergström@contoso.test", "o'anna+x&y#z@contoso.test"),
        ),
    )


@promise
def an_address_nobody_has_and_one_two_people_have_are_told_apart(stage):
    stage.person("Anna Berg", aliases=["reception@contoso.test"])
    stage.person("Bo Ek", aliases=["reception@contoso.test"])
    found = dict(stage.source().find(["nobody@contoso.test", "reception@contoso.test"]))
    assert {email: (type(answer), answer.code) for email, answer in found.items()} == {
        "nobody@contoso.test": (Missing, "mailbox_not_found"),
        "reception@contoso.test": (Missing, "address_ambiguous"),
    }


# Subscriptions.


@promise
def a_subscription_lives_is_renewed_and_ends(stage):
    mailbox, source = stage.mailbox(stage.person()), stage.source()
    [(box, made)] = source.subscribe([(mailbox, CALLBACK)])
    assert (box, list(stage.world.subscriptions)) == (mailbox, [made.id])
    assert stage.world.subscriptions[made.id].client_state == CALLBACK.secret
    [(_, again)] = source.renew([made.id])
    assert again.expires_at >= made.expires_at
    assert list(source.unsubscribe([made.id])) == [(made.id, None)]
    assert stage.world.subscriptions == {}


@promise
def a_subscription_that_is_gone_cannot_be_renewed_and_need_not_be_removed(stage):
    gone = "00000000-0000-4000-8000-000000000000"
    [(asked, answer)] = stage.source().renew([gone])
    assert (asked, type(answer), answer.code) == (gone, Missing, "subscription_gone")
    assert list(stage.source().unsubscribe([gone])) == [(gone, None)]


@promise
def a_second_subscription_takes_the_place_of_the_first(stage):
    mailbox, other = stage.mailbox(stage.person()), stage.mailbox(stage.person("Bo Ek"))
    dict(stage.source().subscribe([(mailbox, Callback(CALLBACK.url, "old")), (other, CALLBACK)]))
    made = dict(stage.source().subscribe([(mailbox, Callback(CALLBACK.url, "new"))]))
    assert [type(each) for each in made.values()] == [Subscribed]
    assert sorted(each.client_state for each in stage.world.subscriptions.values()) == ["a-secret", "new"]
