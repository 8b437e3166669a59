"""What holds for every request and every answer, whatever page it is."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

LISTS = "/importera/"  # how the addresses end that take a file
MOST_WITH_A_FILE = 20_000_000  # bytes; the page itself says what is too large for a list
ADMIN = "/admin/"

GetResponse = Callable[[HttpRequest], HttpResponse]


class BoundsMiddleware:
    """Refuses what is too large before anything of it is read, and what no database can be asked for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = MOST_WITH_A_FILE if request.path.endswith(LISTS) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not length.isdecimal() or int(length[:12]) > most:
            return _plain(_("What was sent is too large. Send less at a time."), 413)
        # PostgreSQL takes no NUL; the admin hands filters of the address straight to it.
        if request.path.startswith(ADMIN) and "%00" in request.META.get("QUERY_STRING", ""):
            return _plain(_("The address cannot be read."), 400)
        return self.get_response(request)


class NoStoreMiddleware:
    """Pages hold people's names: no browser or proxy keeps one, so Back after signing out shows nothing (robustness 6).

    Styles and fonts are served before this."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        patch_vary_headers(response, ["HX-Request"])  # a part of a page has the page's own address
        return response


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
