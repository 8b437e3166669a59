"""*Synkregler*: five rows, the reasons of this One X, and what is said when one is gone or One X is away."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.urls import reverse

from calendarsync import providers
from calendarsync.models import Provider, SyncRule

from .factories import add_provider
from .judged import judged

HTML = re.compile(r"<[^>]*>|\s+")
OBS = (
    "Obs: Telenor rekommenderar att använda ’ingen vidarekoppling’ som standardinställning, eftersom Outlook-avtal "
    "inte bara används för möten, utan också för påminnelser och för att blockera tid."
)


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=("anna@contoso.test", "bertil@contoso.test"))


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


def page(provider: Provider) -> str:
    return reverse("calendarsync:provider-rules", args=[provider.pk])


def typed(provider: Provider, **changed: Any) -> dict[str, str]:
    """What a browser sends; `busy_sync="off"` for a switch that is off."""
    sent = {"version": providers.rules_version(providers.rules_of(provider))}
    for rule in providers.rules_of(provider):
        sent |= {f"{rule.show_as}-reason": rule.reason, f"{rule.show_as}-forward": rule.forwarding}
        if rule.update:
            sent[f"{rule.show_as}-sync"] = "on"
    sent |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in sent.items() if value != "off"}


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def kept(provider: Provider, show_as: str) -> tuple[bool, str, str]:
    return provider.rules.values_list("update", "reason", "forwarding").get(show_as=show_as)


def options(answer: Any, name: str) -> list[str]:
    select = answer.content.decode().split(f'<select name="{name}"')[1].split("</select>")[0]
    return re.findall(r"<option[^>]*>([^<]*)", select)


def test_the_page_has_five_rows_in_the_words_of_the_product(anna, provider):
    answer = anna.get(page(provider))
    said = words(answer)
    assert OBS in said
    assert "Privata bokningar synkas aldrig, oavsett regler." in said
    assert [row.label for row in answer.context["sheet"].rows] == [
        "Upptagen",
        "Tillgänglig",
        "Arbetar någon annanstans",
        "Frånvarande",
        "Preliminär",
    ]
    heads = ("Outlook ’Visa som’", "Uppdatera One X", "Frånvaro-orsak", "Koppla samtal till")
    assert [head for head in heads if head not in said] == []
    assert options(answer, "busy-forward") == ["Ingen vidarekoppling", "Hänvisningsbesked"]
    assert "Samtal besvaras med orsak och åter-tid." in said


def test_the_reasons_are_those_of_this_one_x_in_the_language_of_the_page(anna, provider, world):
    world.pbx.reasons.clear()
    world.pbx.reasons.update(
        {"meeting": ("Möte", "Meeting"), "away": ("Borta", "Gone"), "gym": ("På gymmet", "Gym")}
    )
    assert options(anna.get(page(provider)), "busy-reason") == ["Möte", "Borta", "På gymmet"]
    anna.cookies["django_language"] = "en"
    assert options(anna.get(page(provider)), "busy-reason") == ["Meeting", "Gone", "Gym"]


def test_what_is_chosen_is_saved_and_said(anna, provider):
    form = typed(
        provider, busy_reason="lunch", busy_forward="announcement", tentative_sync="on", oof_sync="off"
    )
    answer = anna.post(page(provider), form, follow=True)
    assert answer.redirect_chain == [(page(provider), 302)]
    assert "Reglerna är sparade. 2 användare uppdateras, oftast inom fem minuter." in words(answer)
    assert kept(provider, "busy") == (True, "lunch", "announcement")
    assert kept(provider, "tentative") == (True, "meeting", "none")
    assert kept(provider, "oof") == (False, "away", "none")


def test_the_number_of_users_is_written_as_in_swedish(anna, provider, monkeypatch):
    monkeypatch.setattr("calendarsync.changes.save_rules", lambda *asked: 10214)
    answer = anna.post(page(provider), typed(provider), follow=True)
    assert "Reglerna är sparade. 10\xa0214 användare uppdateras" in answer.content.decode()


def test_nothing_changed_says_so(anna, provider):
    assert "Ingenting ändrades." in words(anna.post(page(provider), typed(provider), follow=True))


def test_the_rules_of_an_instance_that_is_off_are_saved_and_nobody_is_promised_anything(anna, provider):
    Provider.objects.update(active=False)
    said = words(anna.post(page(provider), typed(provider, busy_sync="off"), follow=True))
    assert "Reglerna är sparade." in said
    assert "uppdateras, oftast" not in said


def test_who_changed_a_rule_is_recorded(anna, provider):
    anna.post(page(provider), typed(provider, busy_sync="off"))
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.changes) == ("anna", {"update": ["True", "False"]})


@pytest.mark.parametrize(
    "reason", ["unheard_of", "x" * 10_000, "<script>", "meet\0ing"], ids=lambda r: repr(r[:8])
)
def test_a_reason_one_x_does_not_have_is_said_at_the_field_and_nothing_is_lost(anna, provider, reason):
    form = typed(provider, busy_reason=reason, tentative_sync="on", oof_forward="announcement")
    answer = anna.post(page(provider), form)
    assert answer.status_code == 422
    said, html = words(answer), answer.content.decode()
    assert said.startswith("Fel:")
    assert said.count("One X har inte den orsaken. Välj en annan.") == 2
    assert 'href="#busy-reason"' in html
    assert 'aria-describedby="busy-reason_error"' in html
    assert "<script>unheard" not in html
    rows = {row.rule.show_as: row for row in answer.context["sheet"].rows}
    assert rows["tentative"]["sync"].value() is True
    assert rows["oof"]["forward"].value() == "announcement"
    assert kept(provider, "tentative")[0] is False


@pytest.mark.parametrize("show_as", ["busy", "free"])
def test_a_forwarding_that_is_none_is_said_at_the_field_whether_the_row_is_on_or_off(anna, provider, show_as):
    answer = anna.post(page(provider), typed(provider, **{f"{show_as}_forward": "voicemail"}))
    assert (answer.status_code, words(answer).count("älj en av de två.")) == (422, 2)
    assert '<tr role="row" class="wrong">' in answer.content.decode()


def test_a_row_that_is_off_takes_no_reason_that_one_x_does_not_have(anna, provider):
    answer = anna.post(page(provider), typed(provider, free_reason="unheard_of"))
    assert answer.status_code == 422
    assert kept(provider, "free") == (False, "meeting", "none")


def test_a_reason_that_one_x_has_no_longer_is_shown_as_such_and_must_be_replaced(anna, provider, world):
    del world.pbx.reasons["meeting"]
    answer = anna.get(page(provider))
    assert options(answer, "busy-reason")[-1] == "meeting (Finns inte längre i One X)"
    answer = anna.post(page(provider), typed(provider, oof_sync="off"))
    assert (answer.status_code, words(answer).count("inns inte längre i One X. Välj en annan orsak.")) == (
        422,
        2,
    )
    assert kept(provider, "oof")[0] is True
    assert anna.post(page(provider), typed(provider, busy_reason="lunch")).status_code == 302
    assert kept(provider, "busy") == (True, "lunch", "none")


def test_a_reason_that_is_gone_is_called_as_it_was_while_that_is_remembered(anna, provider, world):
    anna.get(page(provider))
    del world.pbx.reasons["meeting"]
    assert options(anna.get(page(provider)), "busy-reason")[-1] == "Möte (Finns inte längre i One X)"


def test_a_row_that_is_off_keeps_a_reason_that_one_x_has_no_longer(anna, provider, world):
    del world.pbx.reasons["meeting"]
    assert anna.post(page(provider), typed(provider, busy_sync="off")).status_code == 302
    assert kept(provider, "busy") == (False, "meeting", "none")


def test_rows_that_are_not_sent_are_off_and_keep_the_rest(anna, provider):
    form = {name: value for name, value in typed(provider).items() if not name.startswith("oof")}
    assert anna.post(page(provider), form).status_code == 302
    assert kept(provider, "oof") == (False, "away", "none")


def test_the_standard_template_is_restored_after_a_question(anna, provider):
    provider.rules.filter(show_as="busy").update(reason="lunch", forwarding="announcement")
    provider.rules.filter(show_as="tentative").update(update=True)
    asked = anna.post(page(provider), typed(provider) | {"reset": "1"})
    assert "Alla fem regler ersätts." in words(asked)
    assert kept(provider, "busy")[1] == "lunch"
    answer = anna.post(page(provider), dict(asked.context["carried"]) | {"reset": "1", "confirmed": "1"})
    assert answer.status_code == 302
    assert kept(provider, "busy") == (True, "meeting", "none")
    assert kept(provider, "tentative") == (False, "meeting", "none")


def test_a_no_to_the_question_shows_again_what_was_chosen(anna, provider):
    asked = anna.post(page(provider), typed(provider, busy_reason="lunch") | {"reset": "1"})
    again = anna.post(page(provider), dict(asked.context["carried"]) | {"back": "1"})
    assert again.context["sheet"].rows[0]["reason"].value() == "lunch"
    assert kept(provider, "busy")[1] == "meeting"


def test_a_page_that_was_opened_before_somebody_elses_change_says_so_and_keeps_what_was_chosen(
    anna, provider
):
    form = typed(provider, busy_reason="lunch")
    SyncRule.objects.filter(show_as="oof").update(update=False)
    answer = anna.post(page(provider), form)
    assert answer.status_code == 422
    assert "Någon annan har ändrat inställningarna sedan du öppnade sidan." in words(answer)
    assert answer.context["sheet"].rows[0]["reason"].value() == "lunch"
    assert kept(provider, "busy")[1] == "meeting"
    again = anna.post(page(provider), form | {"version": answer.context["version"]})
    assert (again.status_code, kept(provider, "busy")[1]) == (302, "lunch")


def test_one_x_away_the_rules_can_be_read_with_the_words_it_had(anna, provider, world):
    anna.get(page(provider))
    world.faults.add("onex", "/reasons", status=503, times=None)
    answer = anna.get(page(provider))
    assert answer.status_code == 200
    assert "One X svarar inte just nu. Reglerna kan läsas men inte ändras." in words(answer)
    assert "Möte" in options(answer, "busy-reason")
    assert "<fieldset disabled>" in answer.content.decode()


def test_one_x_away_nothing_that_was_chosen_is_lost(anna, provider, world):
    form = typed(provider, busy_reason="lunch", oof_sync="off")
    world.faults.add("onex", "/reasons", status=503, times=None)
    answer = anna.post(page(provider), form)
    assert answer.status_code == 503
    assert "Det du valde finns kvar nedan." in words(answer)
    rows = {row.rule.show_as: row for row in answer.context["sheet"].rows}
    assert (rows["busy"]["reason"].value(), rows["oof"]["sync"].value()) == ("lunch", False)
    assert "selected" in answer.content.decode().split('value="lunch"')[1].split(">")[0]
    assert kept(provider, "busy")[1] == "meeting"
    world.faults.clear()
    assert anna.post(page(provider), form).status_code == 302
    assert kept(provider, "busy")[1] == "lunch"


def test_a_rule_to_a_diversion_is_heard_by_callers_once_it_is_saved(anna, opened):
    office = opened()
    office.book("10:00", "11:00")
    office.sync()
    anna.post(page(office.provider), typed(office.provider, busy_forward="announcement"))
    office.sync()
    assert office.heard("10:30") == "meeting, back 11:00"


@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_a_stranger_finds_nothing(signed_in, provider, method):
    assert getattr(signed_in("filip"), method)(page(provider)).status_code == 404


def test_an_instance_that_is_being_removed_is_not_found(anna, provider):
    form = typed(provider)
    Provider.objects.update(state=Provider.State.REMOVING)
    assert (anna.get(page(provider)).status_code, anna.post(page(provider), form).status_code) == (404, 404)
