"""Small parts that every page is made of: icons, badges, times, numbers."""

from datetime import datetime
from typing import Any

from django.template import Library
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = Library()

# A sentence that begins with one of these keeps its capital after a colon.
NAMES = ("One X", "Exchange", "Microsoft", "Outlook", "Telenor")

BUSY = SafeString('<progress aria-hidden="true"></progress>')


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture of `static/icons.svg`; always beside words that say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name
    )


@register.simple_tag
def badge(kind: str, word: object) -> SafeString:
    """A status: `kind` is ok, warn, bad, idle or busy."""
    mark = BUSY if kind == "busy" else icon(kind)
    return format_html('<span class="badge {}">{}{}</span>', kind, mark, word)


@register.simple_tag
def moment(when: datetime | None) -> SafeString:
    """2026-11-23 14:31, local; a dash where there is none."""
    if when is None:
        return format_html('<span aria-hidden="true">–</span><span class="vh">{}</span>', _("missing"))
    local = timezone.localtime(when)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}"
    )


@register.filter
def number(value: Any) -> str:
    """10 214 in Swedish, 10,214 in English."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def continued(sentence: object) -> str:
    """A sentence after a colon: in lower case, unless a name begins it."""
    text = str(sentence)
    return text if text.startswith(NAMES) else text[:1].lower() + text[1:]
