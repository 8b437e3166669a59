from django.http import HttpResponse

from accounts.access import PortalRequest, administrator


@administrator
def provider_list(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")


@administrator
def provider_add(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")


@administrator
def provider_remove(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")
