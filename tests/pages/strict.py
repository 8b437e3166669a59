"""What every page of the portal keeps, whatever it says: the CSP, and markup that a keyboard and a reader can use."""

from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "input", "br", "img", "hr", "use", "path"}
LABELLED = {"input", "select", "textarea"}
UNSEEN = {"hidden", "submit"}


class Markup(HTMLParser):
    """Counts what the promises are about."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.counts: dict[str, int] = {}
        self.labels: set[str] = set()
        self.controls: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        attributes = dict(found)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self._inline(tag, attributes)
        if ident := attributes.get("id"):
            self.ids.append(ident)
        if tag == "html":
            self.language = attributes.get("lang") or ""
        if tag == "label":
            self.labels.add(attributes.get("for") or "")
        if tag in LABELLED and attributes.get("type") not in UNSEEN:
            self.controls.append((tag, attributes))
        if tag == "a":
            self.links.append(attributes.get("href") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def _inline(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "style" or (tag == "script" and not attributes.get("src")):
            self.wrong.append(f"inline <{tag}>")
        for name, value in attributes.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                self.wrong.append(f"<{tag} {name}>")
            if (value or "").lstrip().lower().startswith(("javascript:", "js:")):
                self.wrong.append(f"<{tag} {name}={value}>")
            if (value or "").startswith(("http:", "//")) and name == "src":
                self.wrong.append(f"<{tag} {name}={value}>")

    def judge(self, *, whole: bool) -> list[str]:
        twice = {each for each in self.ids if self.ids.count(each) > 1}
        wrong = [*self.wrong, *(f"id {each} twice" for each in sorted(twice))]
        wrong += [f"<{each}> stays open" for each in self.open]
        wrong += [f"<{tag} {a.get('name')}> has no label" for tag, a in self.controls if not self._named(a)]
        wrong += [f"link to {each}" for each in self.links if each[:1] == "#" and each[1:] not in self.ids]
        if whole:
            wrong += [
                f"{self.counts.get(tag, 0)} <{tag}>" for tag in ("h1", "main") if self.counts.get(tag) != 1
            ]
            wrong += [] if self.language in ("sv", "en") else ["no language"]
        return wrong

    def _named(self, attributes: dict[str, str | None]) -> bool:
        own = attributes.get("aria-label") or attributes.get("aria-labelledby")
        return bool(own) or attributes.get("id") in self.labels


def markup(answer: Any) -> Markup:
    parser = Markup()
    parser.feed(answer.content.decode())
    return parser


def assert_strict(answer: Any, *, whole: bool = True) -> None:
    """The answer keeps every promise; `whole` False: it is a part of a page."""
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    if answer.content and answer["Content-Type"].startswith("text/html"):
        assert markup(answer).judge(whole=whole) == []
