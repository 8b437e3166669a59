"""For each code of `core.ports`: what has happened, and what mends it. One sentence each, for whoever must act."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EXPLAINED: dict[str, tuple[str | Promise, str | Promise]] = {
    "throttled": (_("The other side asked us to slow down."), _("Nothing to do: it is tried again as told.")),
    "unreachable": (
        _("The other side cannot be reached."),
        _("It is tried again. If it lasts, check the network."),
    ),
    "timeout": (_("The other side did not answer in time."), _("Nothing to do: it is tried again.")),
    "server_error": (
        _("The other side reports an error of its own."),
        _("Nothing to do: it is tried again."),
    ),
    "bad_answer": (
        _("The answer could not be understood."),
        _("It is tried again. If it lasts, call support."),
    ),
    "unknown_customer": (
        _("One X does not know the company."),
        _("Operations: check the company's id in One X."),
    ),
    "unreadable_items": (
        _("Some bookings could not be read."),
        _("The others are synchronised. Call support."),
    ),
    "internal": (_("This service failed."), _("It is tried again. Call support.")),
    "consent_revoked": (_("The consent at Microsoft is gone."), _("Consent again as an administrator.")),
    "app_disabled": (
        _("The application is disabled at Microsoft."),
        _("Enable it under Enterprise applications."),
    ),
    "tenant_gone": (_("Microsoft does not know the tenant."), _("Check the tenant id.")),
    "permission_missing": (
        _("A permission is missing at Microsoft."),
        _("Consent again as an administrator."),
    ),
    "blocked_by_policy": (
        _("A policy at Microsoft blocks us."),
        _("Exempt the application from the policy."),
    ),
    "service_missing": (_("The organisation lacks the service."), _("Check the licences at Microsoft.")),
    "our_credentials": (
        _("Microsoft does not accept this service's own credentials."),
        _("Operations: check the certificate or secret of the application."),
    ),
    "onex_token": (_("One X does not accept this service."), _("Operations: check ONEX_TOKEN.")),
    "mailbox_not_found": (_("No mailbox has this address."), _("Check the address.")),
    "no_mailbox": (
        _("The user has no mailbox in Exchange Online."),
        _("Check the licence, or use Exchange On-Premises."),
    ),
    "mailbox_denied": (
        _("Access to the mailbox is denied."),
        _("Include the mailbox in the application's scope."),
    ),
    "address_ambiguous": (_("Several mailboxes have this address."), _("Use the primary address.")),
    "extension_gone": (
        _("The One X subscription has ended."),
        _("Remove the user, or order a subscription."),
    ),
    "unknown_extension": (
        _("One X does not know the subscription."),
        _("Check the subscription in Mitt Företag."),
    ),
    "unknown_reason": (
        _("One X does not have the absence reason."),
        _("Choose another reason in the rules."),
    ),
    "no_diversion_service": (
        _("The subscription lacks the diversion service."),
        _("Order it, or choose no diversion."),
    ),
    "invalid_times": (_("One X does not accept the times."), _("Check the booking in Outlook.")),
    "too_large": (_("The change is too large for One X."), _("Call support.")),
    "invalid": (_("One X could not understand the change."), _("Call support.")),
    "notifications_blocked": (
        _("Microsoft cannot reach the notification address."),
        _("Operations: check NOTIFICATION_URL from outside."),
    ),
    "title_too_long": (_("One X does not accept the title."), _("Shorten the title in Outlook.")),
    # What a health check finds beside the codes of the ports (checkup.py).
    "not_connected": (
        _("The provider is not connected to Exchange yet."),
        _("Telenor completes the connection. Contact support if it takes long."),
    ),
    "unsubscribed": (
        _("Microsoft tells nobody's changes to the service."),
        _("They are read every five minutes instead. Call support if it lasts."),
    ),
    "some_unsubscribed": (
        _("Microsoft does not tell some users' changes to the service."),
        _("They are read every five minutes instead. Call support if it lasts."),
    ),
    "late": (
        _("No user has been updated for an hour."),
        _("New attempts are made. Call support if it lasts."),
    ),
    "braked": (
        _("The sync is paused. The bookings of many users disappeared at once."),
        _("Check the consent and Exchange."),
    ),
}


def explained(code: str) -> str:
    """One line: what happened and what to do. An unknown code is shown as it is."""
    what, mend = EXPLAINED.get(code, (code, ""))
    return f"{what} {mend}".strip()
