"""Every address × every method × everybody: who gets what, and nobody what is another company's.

A view that this table does not name breaks the build: say here who may see it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts import rights
from accounts.models import User
from calendarsync import providers
from calendarsync.models import Provider, SyncedUser

pytestmark = pytest.mark.django_db

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
READING = ["GET", "HEAD", "OPTIONS"]
CANARY = "KANARIE"  # in every name of Fabrikam's: nobody of another company ever sees it

# The portal, behind `accounts.access.administrator`: the methods of each page.
PORTAL = {
    "calendarsync:provider-list": "GET HEAD",
    "calendarsync:provider-add": "GET HEAD POST",
    "calendarsync:provider-remove": "GET HEAD POST",
    "calendarsync:provider-settings": "GET HEAD POST",
    "calendarsync:provider-rules": "GET HEAD POST",
    "calendarsync:user-list": "GET HEAD",
    "calendarsync:user-add": "GET HEAD POST",
    "calendarsync:user-active": "POST",
    "calendarsync:user-detail": "GET HEAD",
    "calendarsync:user-trial": "GET HEAD POST",
    "calendarsync:provider-health": "GET HEAD POST",
    "calendarsync:provider-log": "GET HEAD",
    "calendarsync:provider-brake": "POST",
    "calendarsync:user-import": "GET HEAD POST",
    "calendarsync:user-export": "GET HEAD",
    "calendarsync:user-bulk": "GET HEAD POST",
    "calendarsync:dashboard": "GET HEAD",
    # Last, since an empty form is enough to remove somebody.
    "calendarsync:user-remove": "GET HEAD POST",
}
# The same guard, of the person's companies rather than of one.
CHOOSING = {"accounts:companies": "GET HEAD POST"}
# Open to everybody, who learns nothing of anybody there: what each answers to GET and to POST.
OPEN = {
    "calendarsync:home": (302, 302),
    "accounts:start": (302, 405),
    "accounts:login": (200, 405),
    "accounts:logout": (405, 302),
    "accounts:signed-out": (200, 405),
    "accounts:cancelled": (200, 405),
    "accounts:failed": (401, 405),
    "accounts:no-rights": (403, 405),
    "accounts:onex-away": (503, 405),
    "telenor_id_callback": (302, 405),
    "set_language": (302, 302),
    "graph-notifications": (405, 400),
    "healthz": (200, 405),
    "readyz": (200, 405),
}
# Telenor staff's own, by allauth, and the admin.
STAFF = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
}
ENTRANCE = {"account_login", "mfa_authenticate", "admin:login", "admin:jsi18n"}


def every_view(resolver=None, before="") -> Iterator[tuple[str, URLPattern]]:
    """The name of each address, with its namespaces."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inside = f"{before}{each.namespace}:" if each.namespace else before
            yield from every_view(each, inside)
        else:
            yield f"{before}{each.name}", each


NAMES = {name for name, _ in every_view()}
ADMIN = {name for name in NAMES if name.startswith("admin:")}


class Place(NamedTuple):
    """Somebody's company with an instance and a user in it."""

    provider: int
    user: int

    def address(self, name: str) -> str:
        found = dict(every_view())[name]
        known = {"pk": self.provider, "user_pk": self.user}
        return reverse(name, kwargs={each: known[each] for each in found.pattern.converters})


@pytest.fixture
def places(world):
    def place(telenor_id, word):
        company = rights.sign_in(telenor_id, timezone.now()).companies.get()
        company.name = f"{word} AB"
        company.save()
        kind = Provider.Kind.EXCHANGE_ONLINE
        provider = providers.create(company, providers.template([]), kind=kind, name=f"{word} 365")
        user = SyncedUser.objects.create(
            company=company, provider=provider, email=f"{word}@x.test", extension=telenor_id, name=word
        )
        return Place(provider.pk, user.pk)

    return place("anna", "Contoso"), place("filip", CANARY)


@pytest.fixture
def sign_in(world):
    """A browser of each: anonymous, employee, administrator, inactive, without, or superuser."""

    def sign_in(who: str) -> Client:
        client = Client()
        if who == "administrator":
            client.force_login(User.objects.get(telenor_id="anna"))
        elif who == "employee":
            client.force_login(
                User.objects.create(username="b", telenor_id="bertil", rights_at=timezone.now())
            )
        elif who == "inactive":
            User.objects.filter(telenor_id="anna").update(is_active=False)
            client.force_login(User.objects.get(telenor_id="anna"))
        elif who == "without":
            client.force_login(User.objects.create_superuser("staff-1", password="x" * 20))
        elif who == "superuser":
            superuser(client)
        return client

    return sign_in


def superuser(client):
    """Telenor staff who has used a second factor in this session."""
    from allauth.mfa.totp.internal.auth import TOTP

    user = User.objects.create_superuser("staff-2", password="x" * 20)
    factor = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": factor.created_at.timestamp() + 1, "username": "staff-2"},
        {"method": "mfa", "at": factor.created_at.timestamp() + 1, "id": factor.pk, "type": "totp"},
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def ask(client, method, address):
    """The answer; whatever it is, it holds nothing of Fabrikam's and was not an accident."""
    answer = client.generic(method, address, b"", "application/x-www-form-urlencoded")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert CANARY not in body.decode(), f"{method} {address}"
    assert "no-store" in answer["Cache-Control"], f"{method} {address}"
    assert answer.status_code in {200, 302, 303, 400, 401, 403, 404, 405, 422, 503}, f"{method} {address}"
    return answer


def statuses(client, names, place, methods=METHODS):
    return {
        (name, each): ask(client, each, place.address(name)).status_code for name in names for each in methods
    }


def test_every_view_is_in_the_table():
    known = {*PORTAL, *CHOOSING, *OPEN, *STAFF, *ADMIN}
    assert (NAMES - known, known - NAMES) == (set(), set())


def test_every_view_of_the_portal_is_guarded_by_the_one_guard():
    guarded = {name for name, each in every_view() if hasattr(each.callback, "guarded_by_administrator")}
    assert guarded == set(PORTAL)


def allowed(name, method):
    return method in {**PORTAL, **CHOOSING}[name].split()


def test_no_page_takes_another_method_than_the_table_says(places, sign_in):
    client, place = sign_in("administrator"), places[0]
    for (name, method), code in statuses(client, {**PORTAL, **CHOOSING}, place).items():
        assert (code == 405) is not allowed(name, method), f"{method} {name}: {code}"


@pytest.mark.parametrize("who", ["anonymous", "inactive"])
def test_nobody_signed_in_is_sent_to_sign_in_and_a_form_is_not_lost(places, sign_in, who):
    client = sign_in(who)
    for (name, method), code in statuses(client, {**PORTAL, **CHOOSING}, places[0]).items():
        refused = 302 if method in READING else 403
        assert code == refused or (code == 405 and not allowed(name, method)), f"{method} {name}"


def test_an_employee_is_told_that_rights_are_missing_and_signed_out(places, sign_in):
    for name, methods in PORTAL.items():
        User.objects.filter(telenor_id="bertil").delete()
        client = sign_in("employee")
        answer = ask(client, methods.split()[0], places[0].address(name))
        assert (answer.status_code, answer["Location"]) == (302, "/logga-in/saknar-behorighet/")
        assert "_auth_user_id" not in client.session


def test_an_administrator_reads_every_page_of_the_own_company(places, sign_in):
    client, place = sign_in("administrator"), places[0]
    pages = {name for name, methods in PORTAL.items() if "GET" in methods}
    acts = {"calendarsync:user-bulk"}  # of the list, where a look at it leads
    assert statuses(client, pages, place, ["GET", "HEAD"]) == {
        (name, method): 302 if name in acts else 200 for name in pages for method in ("GET", "HEAD")
    }


def test_an_empty_form_is_refused_or_harmless_and_never_an_accident(places, sign_in):
    client, place = sign_in("administrator"), places[0]
    forms = [name for name, methods in PORTAL.items() if "POST" in methods]
    for name, code in statuses(client, forms, place, ["POST"]).items():
        assert code in {302, 303, 422}, name


@pytest.mark.parametrize("mixed", [False, True], ids=["theirs", "their user in our instance"])
def test_what_is_another_companys_is_not_found_by_any_method(places, sign_in, mixed):
    client, (ours, theirs) = sign_in("administrator"), places
    place = Place(ours.provider, theirs.user) if mixed else theirs
    names = {name: text for name, text in PORTAL.items() if ("user_pk" if mixed else "pk") in ids_of(name)}
    assert names
    before = kept(theirs)
    for (name, method), code in statuses(client, names, place).items():
        assert code in ({404} if allowed(name, method) else {404, 405}), f"{method} {name}"
    assert kept(theirs) == before


def test_what_is_being_removed_is_not_found(places, sign_in):
    client, (ours, _) = sign_in("administrator"), places
    Provider.objects.filter(pk=ours.provider).update(state=Provider.State.REMOVING)
    names = [name for name in PORTAL if "pk" in ids_of(name) and "GET" in PORTAL[name]]
    assert set(statuses(client, names, ours, ["GET"]).values()) == {404}


@pytest.mark.parametrize("who", ["without", "superuser"])
def test_telenor_staff_are_not_for_the_portal(places, sign_in, who):
    client = sign_in(who)
    for (name, method), code in statuses(client, {**PORTAL, **CHOOSING}, places[0]).items():
        refused = 302 if who == "without" else 403
        assert code == refused or (code == 405 and not allowed(name, method)), f"{method} {name}"


def test_staff_without_a_second_factor_reach_its_set_up_and_the_way_out_alone(places, sign_in):
    client = sign_in("without")
    reached = {
        name
        for (name, method), code in statuses(client, STAFF | simple_admin(), places[0], ["GET"]).items()
        if code == 200
    }
    # The password first, where the sign-in is long ago.
    assert reached - {"mfa_activate_totp", "account_reauthenticate"} == {"account_logout"}


def test_nobody_but_staff_reaches_the_admin(places, sign_in):
    for who in ("anonymous", "administrator"):
        client = sign_in(who)
        for (name, method), code in statuses(client, simple_admin() - {"admin:jsi18n"}, places[0]).items():
            assert code in {302, 403, 404, 405}, f"{who} {method} {name}"


def test_a_superuser_sees_every_list_of_the_admin(places, sign_in):
    client = sign_in("superuser")
    lists = {name for name in ADMIN if name.endswith("_changelist")}
    assert lists
    for name in lists:
        assert client.get(reverse(name)).status_code == 200, name


@pytest.mark.parametrize("who", ["anonymous", "administrator", "superuser"])
def test_what_is_open_answers_everybody_alike(places, sign_in, who):
    for name, (get, post) in OPEN.items():
        client = Client() if name == "accounts:logout" else sign_in_again(sign_in, who)
        assert client.get(reverse(name)).status_code in {get, 302, 403}, name
        assert ask(client, "POST", reverse(name)).status_code in {post, 302, 403, 405}, name
    for name, (get, post) in OPEN.items():
        assert ask(Client(), "GET", reverse(name)).status_code == get, name
        assert ask(Client(), "POST", reverse(name)).status_code == post, name


def sign_in_again(sign_in, who):
    User.objects.filter(username="staff-2").delete()
    return sign_in(who)


def ids_of(name):
    return dict(every_view())[name].pattern.converters


def simple_admin():
    """Pages of the admin that need no id."""

    def has_no_id(pattern):
        return not pattern.pattern.converters and "(?P<" not in str(pattern.pattern)

    return {name for name, each in every_view() if name in ADMIN and each.name and has_no_id(each)}


def kept(place):
    return (
        list(Provider.objects.filter(pk=place.provider).values()),
        list(SyncedUser.objects.filter(pk=place.user).values()),
    )
