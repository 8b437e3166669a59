"""How a connection is served: kept open, in silence, and dropped when a fault says so."""

import traceback
from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Handler(WSGIRequestHandler):
    """werkzeug's, whose own `run_wsgi` closes every connection and waits 10 ms for what may be left to read."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    # An answer leaves in one piece and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def make_environ(self) -> "WSGIEnvironment":
        """With the body already read: what an application leaves unread would pass for the next request."""
        environ = super().make_environ()
        stream, length = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)
        body = stream.read() if environ.get("wsgi.input_terminated") else stream.read(length)
        environ["wsgi.input"] = BytesIO(body)
        return environ

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()
        try:
            parts, status, headers = run_wsgi_app(self.server.app, self.make_environ(), buffered=True)
        except ConnectionError:
            self.close_connection = True
        except Exception:
            traceback.print_exc()
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")
        else:
            self._send(int(status.split()[0]), headers, b"".join(parts))

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if status not in NO_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in NO_BODY:
            self.wfile.write(body)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: object) -> None:
        pass
