from django.http import HttpResponse

from accounts.access import PortalRequest, administrator


@administrator
def provider_rules(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")
