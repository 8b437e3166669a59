"""*Importera lista* as a test uses it: a list sent in, what its preview says, and pressing on."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from calendarsync.models import Provider, SyncedUser
from mss.simulators.pbx import Extension

HTML = re.compile(r"<[^>]*>|\s+")
ANNA, BERTIL, CECILIA = (f"{name}@contoso.test" for name in ("anna", "bertil", "cecilia"))
FILIP = "filip@fabrikam.test"


def url(provider: Provider) -> str:
    return reverse("calendarsync:user-import", args=[provider.pk])


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def file(content: str | bytes, name: str = "lista.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())}


def upload(client: Any, provider: Provider, content: str | bytes, name: str = "lista.csv") -> Any:
    return client.post(url(provider), file(content, name), follow=True)


def paste(client: Any, provider: Provider, *lines: str) -> Any:
    return client.post(url(provider), {"pasted": "\n".join(lines)}, follow=True)


def carry_on(client: Any, preview: Any, **more: Any) -> Any:
    """Presses *Importera* of a preview."""
    draft = preview.context["draft"]
    return client.post(url(draft.provider), {"list": draft.key, **more}, follow=True)


def judged_as(answer: Any) -> list[tuple[str, str, str]]:
    return [(email, entry.outcome, why) for entry, email, why in answer.context["lines"]]


def emails() -> list[str]:
    return sorted(SyncedUser.objects.listed().values_list("email", flat=True))


def hire(world: Any, count: int) -> list[str]:
    """Gives Contoso so many more extensions; answers their addresses."""
    emails = [f"person{n}@contoso.test" for n in range(count)]
    for n, email in enumerate(emails):
        one = Extension(f"e{n}", "contoso", f"+467{n:08}", f"Person {n}", email, [])
        world.pbx.extensions[one.id] = one
    return emails
