"""*Inställningar*: what may be typed, what is asked first, and what is said."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from calendarsync import providers
from calendarsync.forms.settings import SettingsForm
from calendarsync.models import Provider
from calendarsync.models.provider import MAX_DAYS_AHEAD

from .factories import add_provider
from .judged import judged

HTML = re.compile(r"<[^>]*>|\s+")


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active")


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


def page(provider: Provider) -> str:
    return reverse("calendarsync:provider-settings", args=[provider.pk])


def typed(provider: Provider, **changed: Any) -> dict[str, str]:
    """What a browser sends: a switch that is off is not sent."""
    now = {name: getattr(provider, name) for name in SettingsForm.base_fields} | changed
    sent = {name: "on" if value is True else str(value) for name, value in now.items() if value is not False}
    return {"version": providers.settings_version(provider)} | sent


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def saved() -> Provider:
    return Provider.objects.get(name__startswith="Office")


def test_the_page_shows_the_settings_in_the_words_of_the_product(anna, provider):
    said = words(anna.get(page(provider)))
    assert [
        label
        for label in (
            "Namn",
            "Aktiv",
            "Synka dagar framåt",
            "Alla möten privata",
            "Plugin aktiverad",
            "Plugin-användare kan ändra sin standardkonfiguration",
            "Av: ingenting synkas, och det som har skickats till One X tas tillbaka.",
            "Hur många dagar framåt bokningar läses. Vanligast är 14.",
            "På: bokningarnas rubrik hämtas, sparas och visas aldrig.",
            "På: användarnas egna regler i Outlook-tillägget går före företagets.",
            "Tillägget är inte tillgängligt än.",
            "Av: användarna följer dina regler men kan välja för en enskild bokning.",
            "Visas i listan och på instrumentpanelen.",
        )
        if label not in said
    ] == []


def test_what_is_typed_is_saved_and_said(anna, provider):
    changed = {"days_ahead": 30, "plugin_enabled": True, "may_change_defaults": True, "all_private": False}
    answer = anna.post(page(provider), typed(provider, name="Office nytt", **changed), follow=True)
    assert answer.redirect_chain == [(page(provider), 302)]
    assert "Sparat." in words(answer)
    kept = saved()
    assert {name: getattr(kept, name) for name in changed} == changed
    assert (kept.name, kept.active) == ("Office nytt", True)


def test_who_changed_what_is_recorded(anna, provider):
    anna.post(page(provider), typed(provider, days_ahead=30))
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.changes) == ("anna", {"days_ahead": ["14", "30"]})


def test_saving_what_is_saved_already_says_so(anna, provider):
    assert "Ingenting ändrades." in words(anna.post(page(provider), typed(provider), follow=True))


@pytest.mark.parametrize(
    "days",
    ["0", "-1", "61", "400", "x", "", "1e3", "14,5", "9" * 10_000, "1\0", "<b>14</b>"],
    ids=lambda days: repr(days[:8]),
)
def test_days_that_are_none_are_said_at_the_field_and_nothing_is_lost(anna, provider, days):
    form = typed(provider, days_ahead=days, name="Office nytt")
    answer = anna.post(page(provider), form)
    assert answer.status_code == 422
    said, html = words(answer), answer.content.decode()
    assert said.startswith("Fel:")
    assert said.count("ge ett heltal mellan 1 och 60.") == 2  # in the summary and at the field
    assert 'href="#id_days_ahead"' in html
    assert 'aria-describedby="id_days_ahead_helptext id_days_ahead_error"' in html
    assert 'value="Office nytt"' in html
    assert saved().days_ahead == 14


def test_the_sentence_names_the_most_days_there_are():
    assert MAX_DAYS_AHEAD == 60


def test_what_was_typed_for_days_is_still_there(anna, provider):
    html = anna.post(page(provider), typed(provider, days_ahead='fjorton"<')).content.decode()
    assert 'value="fjorton&quot;&lt;"' in html


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "nge ett namn."),
        ("   ", "nge ett namn."),
        ("x" * 10_000, "nge högst 100 tecken."),
        ("Office\0 365", "a bort tecknen som inte syns."),
        ("\u202e563 eciffO", "a bort tecknen som inte syns."),
        ("\u200b", "a bort tecknen som inte syns."),
        ("Second", "amnet används redan."),
        (" Second ", "amnet används redan."),
    ],
    ids=["none", "blanks", "long", "NUL", "backwards", "unseen", "taken", "taken with blanks"],
)
def test_names_that_cannot_be_are_said_at_the_field(anna, provider, world, tmp_path, name, sentence):
    add_provider(world, tmp_path, name="Second")
    answer = anna.post(page(provider), typed(provider, name=name, days_ahead=20))
    assert (answer.status_code, words(answer).count(sentence)) == (422, 2)
    assert 'href="#id_name"' in answer.content.decode()
    assert 'value="20"' in answer.content.decode()
    assert Provider.objects.filter(name="Office 365").exists()


def test_half_a_character_is_no_name_and_no_number(provider):
    form = SettingsForm(provider, typed(provider, name="Office \ud83d", days_ahead="\ud83d"))
    assert list(form.errors) == ["name", "days_ahead"]


def test_bytes_that_are_no_text_do_no_harm(anna, provider):
    body = urlencode(typed(provider, name="Office")) + "%ED%A0%80%FF"
    answer = anna.post(page(provider), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (302, 422)


def test_a_name_that_somebody_else_takes_at_the_same_moment_is_said_too(
    anna, provider, world, tmp_path, monkeypatch
):
    """The look into the table was before the other's save: the constraint decides."""
    add_provider(world, tmp_path, name="Second")
    monkeypatch.setattr(SettingsForm, "clean_name", lambda form: form.cleaned_data["name"])
    answer = anna.post(page(provider), typed(provider, name="Second", days_ahead=20))
    assert (answer.status_code, words(answer).count("amnet används redan.")) == (422, 2)
    assert 'value="20"' in answer.content.decode()


def test_markup_in_a_name_is_a_name(anna, provider):
    anna.post(page(provider), typed(provider, name="Office <script>alert(1)</script>"))
    assert saved().name == "Office <script>alert(1)</script>"
    assert "<script>alert" not in anna.get(page(provider)).content.decode()


@pytest.mark.parametrize(
    "without", [{"tenant": ""}, {"kind": "exchange_onprem"}], ids=["no consent", "on-premises"]
)
def test_an_instance_without_exchange_cannot_be_turned_on(anna, provider, without):
    Provider.objects.update(active=False, **without)
    provider.refresh_from_db()
    answer = anna.post(page(provider), typed(provider, active=True, days_ahead=20))
    assert answer.status_code == 422
    assert words(answer).count("Koppla Exchange först, sedan går det att slå på synken.") == 1
    assert words(answer).count("oppla Exchange först, sedan går det att slå på synken.") == 2
    assert saved().active is False


def test_an_instance_without_exchange_that_is_off_can_be_changed(anna, provider):
    Provider.objects.update(active=False, tenant="")
    provider.refresh_from_db()
    assert anna.post(page(provider), typed(provider, days_ahead=20)).status_code == 302
    assert saved().days_ahead == 20


def test_a_page_that_was_opened_before_somebody_elses_change_says_so_and_keeps_what_was_typed(anna, provider):
    form = typed(provider, days_ahead=20)
    Provider.objects.update(plugin_enabled=True)
    answer = anna.post(page(provider), form)
    assert answer.status_code == 422
    sentence = (
        "Någon annan har ändrat inställningarna sedan du öppnade sidan. Dina ändringar finns kvar nedan."
    )
    assert sentence in words(answer)
    assert 'value="20"' in answer.content.decode()
    assert (saved().days_ahead, saved().plugin_enabled) == (14, True)
    version = answer.context["version"]
    assert anna.post(page(provider), form | {"version": version}).status_code == 302
    assert saved().days_ahead == 20


def test_a_form_without_a_version_is_not_saved(anna, provider):
    form = typed(provider, days_ahead=20)
    del form["version"]
    assert (anna.post(page(provider), form).status_code, saved().days_ahead) == (422, 14)


def test_a_mistake_after_somebody_elses_change_does_not_hide_that_change(anna, provider):
    form = typed(provider, days_ahead="x")
    Provider.objects.update(plugin_enabled=True)
    again = anna.post(page(provider), form).context["version"]
    assert anna.post(page(provider), form | {"version": again, "days_ahead": "20"}).status_code == 422


def test_turning_off_asks_first_with_figures(anna, office):
    office.book("10:00", "11:00")
    office.book("13:00", "14:00", who="bertil")
    office.sync()
    form = typed(office.provider, active=False, name="Office nytt")
    answer = anna.post(page(office.provider), form)
    assert answer.status_code == 200
    assert "2 frånvaroposter tas tillbaka från One X för 2 användare." in words(answer)
    assert saved().active is True
    carried = dict(answer.context["carried"])
    assert anna.post(page(office.provider), carried | {"confirmed": "1"}).status_code == 302
    assert (saved().active, saved().name) == (False, "Office nytt")
    office.sync()
    assert (office.held(), office.held("bertil")) == ([], [])


def test_a_no_to_the_question_shows_again_what_was_typed(anna, office):
    answer = anna.post(page(office.provider), typed(office.provider, active=False, name="Office nytt"))
    again = anna.post(page(office.provider), dict(answer.context["carried"]) | {"back": "1"})
    assert again.status_code == 200
    assert 'value="Office nytt"' in again.content.decode()
    assert again.context["form"]["active"].value() is False
    assert saved().active is True


def test_fewer_days_ask_first_and_say_how_many_of_whom(anna, office):
    office.book("10:00", "11:00", day=5)
    office.book("10:00", "11:00")
    office.sync()
    answer = anna.post(page(office.provider), typed(office.provider, days_ahead=4))
    assert "1 frånvaropost tas tillbaka från One X för 1 användare." in words(answer)
    carried = dict(answer.context["carried"]) | {"confirmed": "1"}
    assert anna.post(page(office.provider), carried).status_code == 302
    office.sync()
    assert len(office.held()) == 1


def test_fewer_days_that_cost_nothing_say_so(anna, office):
    answer = anna.post(page(office.provider), typed(office.provider, days_ahead=4))
    assert "Ingenting behöver tas tillbaka från One X." in words(answer)


def test_what_is_typed_is_checked_before_the_question(anna, office):
    answer = anna.post(page(office.provider), typed(office.provider, active=False, days_ahead="x"))
    assert answer.status_code == 422


def test_stored_titles_are_spoken_of_only_where_there_are_some(anna, office):
    assert "Sparade rubriker raderas." not in words(anna.get(page(office.provider)))
    office.book("10:00", "11:00")
    office.sync()
    assert "Sparade rubriker raderas." in words(anna.get(page(office.provider)))


@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_a_stranger_finds_nothing(signed_in, provider, method):
    assert getattr(signed_in("filip"), method)(page(provider)).status_code == 404


def test_an_instance_that_is_being_removed_is_not_found(anna, provider):
    form = typed(provider)
    Provider.objects.update(state=Provider.State.REMOVING)
    assert (anna.get(page(provider)).status_code, anna.post(page(provider), form).status_code) == (404, 404)


def test_an_id_larger_than_any_is_not_found(anna, provider):
    assert anna.get(f"/kalendersynk/{10**30}/installningar/").status_code == 404
