"""Where the world and the product are: what one server of the world must know of the others to name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PRODUCT = "http://localhost:8000"
VARIABLE = "simulators.addresses"


@dataclass
class Addresses:
    """Base URLs without a final slash: `faces` (https), `pages` (http) and Microsoft Sync, the product.

    The product's may be set when it is known; what is asked from then on sees it.
    """

    faces: str
    pages: str
    product: str = PRODUCT

    @property
    def issuer(self) -> str:
        """Telenor ID's name for itself."""
        return f"{self.faces}/telenor-id"

    @property
    def callback(self) -> str:
        """The one redirect URI that is registered with Telenor ID."""
        return f"{self.product}/accounts/oidc/telenor-id/login/callback/"


def addressed(app: "WSGIApplication", addresses: Addresses) -> "WSGIApplication":
    """The application, told the addresses: in the environment, as a server says all else of itself."""

    def told(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return app({**environ, VARIABLE: addresses}, start_response)

    return told


def addresses_of(request: Request) -> Addresses:
    """What the server told; without a server, everything is where the request went."""
    here = request.host_url.rstrip("/")
    known: Addresses | None = request.environ.get(VARIABLE)
    return known or Addresses(here, here)
