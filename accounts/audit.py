"""Who did what: the person alone. What a client says of its own address proves nothing, and may not even be one."""

from typing import Any

from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest


class ActorMiddleware(AuditlogMiddleware):  # type: ignore[misc]
    def get_extra_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"actor": self._get_actor(request)}
