"""Somebody of the staff at Django's admin: what they open, change and remove."""

import time

from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from django.test import Client

from accounts.models import User


def superuser(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("sven", password="en lång fras om växlar")


def verified(user):
    """A browser in which this person of the staff has used their second factor."""
    client = Client()
    client.force_login(user)
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": ""}})
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() + 1}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    return client


def address(model, page="changelist", pk=None):
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return base if pk is None else f"{base}{pk}/{page}/"


def form_of(page):
    """What a browser would send of a page's form as it is."""
    admin_form = page.context["adminform"].form
    forms = [admin_form, *(form for fs in page.context["inline_admin_formsets"] for form in fs.formset.forms)]
    managers = [fs.formset.management_form for fs in page.context["inline_admin_formsets"]]
    sent = {}
    for form in [*forms, *managers]:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = "on" if value is True else value
    return sent


def change(client, row, **fields):
    """Opens the row's page, changes fields (None: unticked), and saves."""
    path = address(type(row), "change", row.pk)
    sent = {**form_of(client.get(path)), **fields}
    return client.post(path, {name: value for name, value in sent.items() if value is not None})


def remove(client, row):
    path = address(type(row), "delete", row.pk)
    return client.get(path).content.decode(), client.post(path, {"post": "yes"}, follow=True)


def remove_in_list(client, *rows):
    sent = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(address(type(rows[0])), sent, follow=True)


def newest(row):
    """The last entry of the audit log about a row: the clock stands still."""
    return LogEntry.objects.get_for_object(row).order_by("pk").last()


def errors(page):
    return [error for found in (page.context["errors"] or []) for error in found]
