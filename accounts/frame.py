"""What every page shows around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

BAR = ["Telefonist", "One X", "One X Statistics", "Wallboard"]


def frame(request: HttpRequest) -> dict[str, Any]:
    """`onex_bar`: (name, address) of the items beside *Microsoft Sync*; `company`: whose pages these are, or None."""
    links = {"One X": settings.ONEX_WEB_URL, **settings.ONEX_BAR_LINKS}
    return {
        "onex_bar": [(name, links.get(name, settings.ONEX_WEB_URL)) for name in BAR],
        "company": getattr(request, "company", None),
        "one_of_several": getattr(request, "one_of_several", False),
        "read_only": getattr(request, "read_only", False),
        "support_phone": settings.SUPPORT_PHONE,
    }
