"""Every object of a page is fetched through the company of who asks: a stranger's is not found, never forbidden."""

from django.http import Http404

from accounts.access import PortalRequest

from ..models import Provider, SyncedUser


def get_provider(request: PortalRequest, pk: int) -> Provider:
    """An instance of the company, unless it is being removed. Raises Http404."""
    providers = request.company.providers.filter(state=Provider.State.READY)
    found = providers.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.company = request.company
    return found


def get_user(provider: Provider, pk: int) -> SyncedUser:
    """A user of the instance, unless being removed. Raises Http404."""
    found = provider.users.listed().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
