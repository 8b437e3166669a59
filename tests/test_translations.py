"""Everything a person reads is there in Swedish and in English, in the words of the product."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

from calendarsync import health, labels
from calendarsync.core import ports
from calendarsync.core.booking import ShowAs
from calendarsync.core.rules import Because, HeldBack
from calendarsync.models import Provider

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "mss" / "locale" / "sv" / "LC_MESSAGES" / "django.po"
TRANSLATED = ("accounts", "calendarsync", "mss", "templates")
SIMULATED = ROOT / "mss" / "simulators"  # its pages are Swedish only: they stand for other people's programs
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.?|\{\w*\}")
END = re.compile(r"[.:?…]$")
AVOIDED = re.compile(
    r"!|\b(?:tyvärr|oj|vänligen|ogiltig\w*|data|klicka här|event|tenant\w*|consent|enabla\w*|items?|dashboard"
    r"|synkronisering misslyckades)\b",
    re.IGNORECASE,
)
# Each with its table of words.
SPOKEN = {
    "show as": (list(ShowAs), labels.SHOW_AS),
    "because": (list(Because), labels.BECAUSE),
    "held back": (list(HeldBack), labels.HELD_BACK),
}

Words = str | tuple[str, ...]


def both(words: Words) -> tuple[str, ...]:
    """Singular and plural; one of them where there is no plural."""
    return (words,) if isinstance(words, str) else tuple(words)


def catalogue() -> list[Message]:
    with PO.open("rb") as file:
        return [message for message in read_po(file, locale="sv") if message.id]


def spoken_in(path: Path) -> Iterator[tuple[str | None, Words]]:
    """Context and words of each sentence that a source file or a template marks for translation."""
    text = path.read_text()
    if path.suffix == ".html":
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    for _, words, _, context in extract("python", BytesIO(text.encode()), keywords=KEYWORDS):
        yield context, words


def sources() -> list[Path]:
    files = [
        path for root in TRANSLATED for end in ("py", "html") for path in (ROOT / root).rglob(f"*.{end}")
    ]
    return [path for path in files if SIMULATED not in path.parents]


def said(words: object, language: str) -> str:
    with translation.override(language):
        return str(words)


def codes_of(error: type[Exception]) -> list[str]:
    return re.split(r",\s+", re.search(r"Codes: ([^.]+)\.", error.__doc__)[1])


def rejections() -> list[str]:
    """The codes with which One X says that it will never take a change."""
    contract = yaml.safe_load((ROOT / "docs" / "onex-api.yaml").read_text())
    return contract["components"]["schemas"]["Result"]["properties"]["code"]["examples"]


def test_the_catalogue_has_exactly_what_the_code_says():
    spoken = {sentence for path in sources() for sentence in spoken_in(path)}
    assert {(message.context, message.id) for message in catalogue()} == spoken


def test_what_a_template_says_is_found_too(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<ul>\n  {% if a %}\n    <li>{% trans "Save" %}\n  {% endif %}\n</ul>\n{% translate "May" context "month" %}'
        "{% blocktranslate count n=users %}{{ n }} user{% plural %}{{ n }} users{% endblocktranslate %}"
    )
    assert list(spoken_in(page)) == [
        (None, "Save"),
        ("month", "May"),
        (None, ("%(n)s user", "%(n)s users")),
    ]


def test_nothing_is_without_swedish_words():
    assert [message.id for message in catalogue() if not all(both(message.string))] == []


def test_no_translation_is_a_guess():
    assert [message.id for message in catalogue() if message.fuzzy] == []


def test_what_is_filled_in_is_the_same_in_both_languages():
    differing = [
        message.id
        for message in catalogue()
        for source, swedish in zip(both(message.id), both(message.string), strict=True)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(swedish))
    ]
    assert differing == []


def test_a_sentence_is_a_sentence_and_a_label_a_label_in_both_languages():
    ends = [
        (message.id, END.search(both(message.id)[0]), END.search(both(message.string)[0]))
        for message in catalogue()
    ]
    assert [
        words for words, english, swedish in ends if (english and english[0]) != (swedish and swedish[0])
    ] == []


def test_the_swedish_is_plain_and_calm():
    spoken = {swedish for message in catalogue() for swedish in both(message.string)}
    assert [swedish for swedish in spoken if AVOIDED.search(swedish)] == []


@pytest.mark.parametrize(
    "swedish", ["Tyvärr gick det inte.", "Klart!", "Ogiltigt värde", "Kontrollera tenanten."]
)
def test_what_is_not_plain_and_calm_is_noticed(swedish):
    assert bool(AVOIDED.search(swedish)) is True


def test_set_up_has_compiled_the_catalogue_as_it_is_now():
    """Else Swedish falls back to English: `make` compiles before a demo and before the tests."""
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = words_of(m for m in read_mo(file) if m.id)
    assert compiled == words_of(catalogue())


def words_of(messages):
    """By context and msgid; a list of both where there is a plural."""
    return {(m.context, *parts(m.id)): parts(m.string) for m in messages}


def parts(text):
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize(("codes", "words"), SPOKEN.values(), ids=SPOKEN)
def test_every_code_of_the_engine_has_words(codes, words):
    assert sorted(words) == sorted(code.value for code in codes)


@pytest.mark.parametrize("error", [ports.Unavailable, ports.Refused, ports.Missing], ids=lambda e: e.__name__)
def test_every_error_from_outside_is_explained(error):
    assert [code for code in codes_of(error) if code not in health.EXPLAINED] == []


def test_every_refusal_of_one_x_is_explained():
    assert [code for code in rejections() if code not in health.EXPLAINED] == []


@pytest.mark.parametrize("words", [*(words for _, words in SPOKEN.values()), labels.STOPPED])
def test_a_label_is_not_the_same_in_swedish_and_english(words):
    assert [code for code, each in words.items() if said(each, "sv") == said(each, "en")] == []


def test_an_explanation_is_not_the_same_in_swedish_and_english():
    untold = [
        code
        for code, explained in health.EXPLAINED.items()
        for words in explained
        if said(words, "sv") == said(words, "en")
    ]
    assert untold == []


@pytest.mark.parametrize(
    ("words", "english", "swedish"),
    [
        (labels.SHOW_AS[ShowAs.BUSY], "Busy", "Upptagen"),
        (labels.SHOW_AS[ShowAs.FREE], "Free", "Tillgänglig"),
        (labels.SHOW_AS[ShowAs.WORKING_ELSEWHERE], "Working elsewhere", "Arbetar någon annanstans"),
        (labels.SHOW_AS[ShowAs.OOF], "Away", "Frånvarande"),
        (labels.SHOW_AS[ShowAs.TENTATIVE], "Tentative", "Preliminär"),
        (labels.BECAUSE[Because.CANCELLED], "The meeting is cancelled.", "Mötet är inställt."),
        (labels.BECAUSE[Because.DECLINED], "The user has declined.", "Användaren har tackat nej."),
        (
            labels.BECAUSE[Because.CHOICE],
            "The user's own choice for the booking.",
            "Användarens eget val för bokningen.",
        ),
        (
            labels.BECAUSE[Because.OWN_RULE],
            "The user's own rule in the Outlook add-in.",
            "Användarens egen regel i Outlook-tillägget.",
        ),
        (
            labels.HELD_BACK[HeldBack.OWN_RULE_PLUGIN_OFF],
            "The user has a rule of their own, but the plugin is not enabled.",
            "Användaren har en egen regel, men Plugin är inte aktiverad.",
        ),
        (
            labels.HELD_BACK[HeldBack.OWN_RULE_NOT_ALLOWED],
            "The user has a rule of their own, but may not change the defaults.",
            "Användaren har en egen regel, men får inte ändra sin standardkonfiguration.",
        ),
        (
            labels.HELD_BACK[HeldBack.NO_DIVERSION_SERVICE],
            "The subscription lacks the diversion service. It becomes an absence without diversion.",
            "Abonnemanget saknar hänvisningstjänsten. Blir frånvaro utan vidarekoppling.",
        ),
        (labels.STOPPED["provider_inactive"], "The provider is not active.", "Leverantören är inte aktiv."),
        (labels.STOPPED["user_inactive"], "The user is not active.", "Användaren är inte aktiv."),
        (
            health.EXPLAINED["mailbox_denied"][0],
            "Access to the mailbox is denied.",
            "Åtkomst nekad: brevlådan omfattas inte av medgivandet.",
        ),
        (Provider.State.REMOVING.label, "being removed", "tas bort"),
    ],
)
def test_the_words_of_the_product_stand_to_the_letter(words, english, swedish):
    assert (said(words, "en"), said(words, "sv")) == (english, swedish)


@pytest.mark.parametrize(
    ("because", "swedish"),
    [
        (Because.RULE, "Regeln för Upptagen."),
        (Because.RULE_OFF, "Regeln för Upptagen säger att One X inte ska uppdateras."),
    ],
)
def test_a_rule_is_named_by_what_outlook_shows(because, swedish):
    with translation.override("sv"):
        assert str(labels.BECAUSE[because]) % {"show_as": labels.SHOW_AS[ShowAs.BUSY]} == swedish


def test_an_explanation_is_one_line_of_what_happened_and_what_to_do():
    with translation.override("sv"):
        assert health.explained("extension_gone") == (
            "Abonnemanget är avslutat i One X. Ta bort användaren eller beställ ett abonnemang."
        )
