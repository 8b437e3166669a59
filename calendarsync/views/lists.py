"""*Importera lista* and *Exportera*: the users of one instance as a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, administrator

from .. import changes, connect, userlist
from ..core.ports import PortError
from ..forms.lists import ListForm
from ..models import Provider, SyncedUser
from ..portal import listwords, roster, sheets, uploaded
from .scope import get_provider

MOST_SENT = userlist.MOST_BYTES + 1_000_000  # bytes of a form: the file and what is around it
MOST_DISCARDED = 50_000_000  # read so that the browser listens to the answer
A_PAGE = 50
CHUNK = 500
PAGE = "calendarsync/user-import.html"


def _bounded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What is too large is answered as any other mistake in the form, before a word of it is kept."""

    @wraps(view)
    def bounded(request: PortalRequest, pk: int) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_SENT:
            discarded = 0
            while discarded < MOST_DISCARDED and (part := request.read(65_536)):
                discarded += len(part)
            return _too_large(request, get_provider(request, pk), "file")
        try:
            return view(request, pk)
        except RequestDataTooBig:  # by settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return _too_large(request, get_provider(request, pk), "pasted")

    return bounded


@csrf_exempt  # because it reads the form: `csrf_protect` does so after its size is known
@administrator
@_bounded
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def user_import(request: PortalRequest, pk: int) -> HttpResponse:
    """POST a file or text: judged and kept. `list`: the key of one that is, to look at, or by a POST to import.

    `only`=refused: of its rows those alone; `format`=csv: these as a file. `template`: an example of a list."""
    provider = get_provider(request, pk)
    if request.method == "POST":
        return _import(request, provider) if "list" in request.POST else _upload(request, provider)
    if "template" in request.GET:
        return _file(
            [[_("E-mail"), _("Subscription")], [_("name@company.com"), "010-123 45 67"]], _("template")
        )
    if "list" not in request.GET:
        return render(request, PAGE, {"provider": provider, "form": ListForm()})
    draft = uploaded.find(_owner(request), provider, request.GET["list"])
    if draft is None:
        return _gone(request, provider)
    return _refused_file(draft) if request.GET.get("format") == "csv" else _show(request, draft)


def _owner(request: PortalRequest) -> str:
    return request.session.session_key or ""


def _too_large(request: PortalRequest, provider: Provider, field: str) -> HttpResponse:
    form = ListForm({"file": ""})
    form.errors.clear()
    words = listwords.UNREADABLE["too_large"] if field == "file" else listwords.TOO_MUCH_PASTED
    form.add_error(field, words)
    return render(request, PAGE, {"provider": provider, "form": form}, status=422)


def _upload(request: PortalRequest, provider: Provider) -> HttpResponse:
    form = ListForm(request.POST, request.FILES)
    context = {"provider": provider, "form": form}
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    try:
        judged = userlist.resolve(form.rows, provider, connect.pbx(provider.company).search(""))
    except PortError:
        return render(request, PAGE, context | {"away": True}, status=503)
    return redirect(_address(provider, uploaded.keep(_owner(request), provider, judged)))


def _address(provider: Provider, key: str) -> str:
    return f"{reverse('calendarsync:user-import', args=[provider.pk])}?list={key}"


def _gone(request: PortalRequest, provider: Provider) -> HttpResponse:
    messages.warning(request, _("The list is no longer kept. Upload it again."))
    return redirect("calendarsync:user-import", provider.pk)


def _show(request: PortalRequest, draft: uploaded.Draft, status: int = 200, **more: Any) -> HttpResponse:
    only = request.GET.get("only") == "refused"
    page = Paginator(draft.refused if only else draft.entries, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "provider": draft.provider,
        "draft": draft,
        "missing": 0 if draft.done else userlist.missing(draft.rows, draft.provider).count(),
        "page": page,
        "only": only,
        "lines": [(entry, listwords.seen(entry.email), listwords.why(entry)) for entry in page],
    }
    template = "calendarsync/user-import-preview.html"
    return render(request, template, context | more, status=status)


def _import(request: PortalRequest, provider: Provider) -> HttpResponse:
    """`missing`=remove also removes who is not in the list, after a question: `agreed` is how many were named."""
    draft = uploaded.find(_owner(request), provider, request.POST["list"])
    if draft is None:
        return _gone(request, provider)
    removes, said = request.POST.get("missing") == "remove", request.POST.get("agreed", "")
    agreed = int(said) if said.isdecimal() and len(said) < 9 else 0
    if removes and not agreed and not draft.done:
        return _ask(request, draft)
    try:
        extensions = list(connect.pbx(provider.company).search(""))
        done = uploaded.carry_out(
            _owner(request), draft, extensions, agreed if removes else 0, timezone.now()
        )
    except PortError:
        return _show(request, draft, 503, away=True)
    except changes.StaleError:
        return _ask(request, draft)
    except Session.DoesNotExist:
        return _gone(request, provider)
    except Provider.DoesNotExist:
        raise Http404 from None
    if removes and done.refused and not done.removed:
        messages.warning(request, listwords.NOBODY_REMOVED)
    return redirect(_address(provider, draft.key))


def _ask(request: PortalRequest, draft: uploaded.Draft) -> HttpResponse:
    missing = userlist.missing(draft.rows, draft.provider).count()
    context = {"provider": draft.provider, "draft": draft, "missing": missing}
    return render(request, "calendarsync/user-import-confirm.html", context)


def _refused_file(draft: uploaded.Draft) -> HttpResponse:
    head = [_("Row"), _("E-mail"), _("Subscription"), _("Why")]
    rows = [[str(each.line), each.email, each.asked, listwords.why(each)] for each in draft.refused]
    return _file([head, *rows], _("cannot be added"))


@administrator
@require_safe
def user_export(request: PortalRequest, pk: int) -> HttpResponse:
    """The users of the list as it is (`q`, `status`, `sort`): CSV, or by `format`=xlsx."""
    provider = get_provider(request, pk)
    asked = (request.GET.get(name, "") for name in ("q", "status", "sort"))
    table = _table(roster.search(provider, *asked), provider, translation.get_language())
    name = "-".join(filter(None, [_("users"), slugify(provider.name)]))
    if request.GET.get("format") != "xlsx":
        return _file(table, name)
    file = f"{slugify(name)}.xlsx"
    sheet = sheets.xlsx_of(table)
    return _sent(FileResponse(sheet, as_attachment=True, filename=file, content_type=sheets.XLSX))


def _table(users: Any, provider: Provider, language: str) -> Iterator[Sequence[str]]:
    """In `language`: a streamed answer is made after the page's own has gone."""
    now = timezone.now()
    with translation.override(language):
        head = [_("Name"), _("E-mail"), _("Subscription"), _("Active"), _("Status"), _("Latest update")]
    yield head
    for user in users.iterator(chunk_size=CHUNK):
        with translation.override(language):
            cells = _cells(user, provider, now)
        yield cells


def _cells(user: SyncedUser, provider: Provider, now: Any) -> Sequence[str]:
    last = user.last_synced_at and f"{timezone.localtime(user.last_synced_at):%Y-%m-%d %H:%M}"
    status = roster.line(user, provider, now).status.word
    return [user.name, user.email, user.number, _("Yes") if user.active else _("No"), str(status), last or ""]


def _file(table: Iterable[Sequence[str]], name: str) -> HttpResponse:
    answer = StreamingHttpResponse(sheets.csv_of(table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name)}.csv"'
    return _sent(answer)


def _sent(answer: HttpResponseBase) -> HttpResponse:
    return cast(HttpResponse, answer)  # what a view answers; nobody here asks for its content
