"""Where Telenor ID sends the browser back to."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from .protocol import TelenorIdProtocol

_callback = OAuth2CallbackView.adapter_view(TelenorIdProtocol)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Checks state, redeems the code, verifies the id_token; what follows is the adapter's to say."""
    answer: HttpResponse = _callback(request)
    answer["Referrer-Policy"] = "no-referrer"  # the address holds a code
    return answer
