from django.http import HttpResponse

from accounts.access import PortalRequest, administrator


@administrator
def user_list(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")


@administrator
def user_add(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")


@administrator
def user_active(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")


@administrator
def user_remove(request: PortalRequest, pk: int = 0, user_pk: int = 0) -> HttpResponse:
    return HttpResponse("")
