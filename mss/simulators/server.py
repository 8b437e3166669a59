"""The world on the network: TLS with a throw-away authority for the faces, plain HTTP for the pages."""

import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, make_server

from .addresses import PRODUCT, Addresses, addressed
from .application import application
from .certificate import Files, write_files
from .handler import Handler
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass
class Served:
    """A running world. `urls`: `faces` (https) and, with pages, `pages` (http). `ca_file` is PEM.

    `addresses.product` is where Microsoft Sync is: set it when that is known after the world has started.
    """

    world: World
    urls: dict[str, str]
    addresses: Addresses
    ca_file: Path
    _servers: list[BaseWSGIServer] = field(default_factory=list)
    _folder: "TemporaryDirectory[str] | None" = None

    def stop(self) -> None:
        """Stop serving and free the ports; the world stays."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        if self._folder:
            self._folder.cleanup()


def serve(
    world: World,
    host: str = "127.0.0.1",
    tls_port: int = 0,
    http_port: int = 0,
    pages: "WSGIApplication | None" = None,
    folder: Path | str | None = None,
    product: str = PRODUCT,
) -> Served:
    """Serve in threads and return at once. A port 0 is any free one; the authority's PEM goes to `folder`.

    `product`: where Microsoft Sync is.
    """
    addresses = Addresses("", "", product.rstrip("/"))
    temporary = None if folder else TemporaryDirectory(prefix="simulators-")
    files = write_files(Path(folder or temporary.name))  # type: ignore[union-attr]
    tls = _start(addressed(application(world), addresses), host, tls_port, _tls(files))
    addresses.faces = addresses.pages = _url("https", host, tls)
    served = Served(world, {"faces": addresses.faces}, addresses, files.authority, [tls], temporary)
    if pages:
        plain = _start(addressed(pages, addresses), host, http_port)
        served.urls["pages"] = addresses.pages = _url("http", host, plain)
        served._servers.append(plain)
    return served


def _tls(files: Files) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


def _start(
    app: "WSGIApplication", host: str, port: int, context: ssl.SSLContext | None = None
) -> BaseWSGIServer:
    server = make_server(host, port, app, threaded=True, request_handler=Handler, ssl_context=context)
    if isinstance(server.socket, ssl.SSLSocket):
        # Shake hands in the connection's own thread, not where the next one waits to be accepted.
        server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
    threading.Thread(
        target=server.serve_forever, args=(0.05,), name=f"port-{server.port}", daemon=True
    ).start()
    return server


def _url(scheme: str, host: str, server: BaseWSGIServer) -> str:
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.port}"


def environment(served: Served) -> dict[str, str]:
    """The settings that point the product at this world."""
    secrets, faces = served.world.secrets, served.urls["faces"]
    pages = {"ONEX_WEB_URL": f"{served.urls['pages']}/onex/"} if "pages" in served.urls else {}
    return {
        **pages,
        "MICROSOFT_AUTHORITY": faces,
        "GRAPH_URL": f"{faces}/v1.0",
        "ONEX_URL": faces,
        "ONEX_TOKEN": secrets.onex_token,
        "MICROSOFT_CLIENT_ID": secrets.client_id,
        "MICROSOFT_CLIENT_SECRET": secrets.client_secret,
        "OUTLOOK_ADDIN_ID": secrets.addin_id,
        "TELENOR_ID_ISSUER": served.addresses.issuer,
        "TELENOR_ID_CLIENT_ID": secrets.telenor_id_client_id,
        "TELENOR_ID_CLIENT_SECRET": secrets.telenor_id_client_secret,
        "SSL_CERT_FILE": str(served.ca_file),
        "REQUESTS_CA_BUNDLE": str(served.ca_file),
    }
