"""Setting up the second factor: allauth's page, with the key sealed and the first code used up."""

from textwrap import wrap
from typing import Any

from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mss import sealed


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    """Between its two requests the key waits in the session, which is a row of the database: sealed there too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        waiting = session.get(SECRET_SESSION_KEY)
        super().__init__(*args, **kwargs)
        if self.is_bound and waiting:
            self.secret = sealed.reveal(waiting)
        session[SECRET_SESSION_KEY] = sealed.seal(self.secret)


class Activate(ActivateTOTPView):  # type: ignore[misc]
    form_class = ActivateForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return redirect("mfa_index")  # allauth would go to the page that deactivates, which is not ours
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: ActivateForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        totp = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        totp.wrap().validate_code(form.cleaned_data["code"])  # so that nobody signs in with it once more
        post_authentication(self.request, totp)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {**found, "key": " ".join(wrap(found["form"].secret, 4))}
