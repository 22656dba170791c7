"""Real servers on loopback, on any free port, for applications by ASGI and by WSGI."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Generator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import uvicorn


@contextlib.contextmanager
def by_asgi(application: Any) -> Generator[str]:
    """Its base URL, while it is served."""
    settings = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(settings)
    # only where the protocol is named does asyncio let head and body go out without a wait
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """What goes wrong with a connection is the client's to notice."""


class _Silent(WSGIRequestHandler):
    disable_nagle_algorithm = True  # head and body go out one by one, and would wait for each other

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base's own)
        """Say nothing."""


@contextlib.contextmanager
def by_wsgi(application: Any) -> Generator[str]:
    """Its base URL, while it is served."""
    with _Threads(("127.0.0.1", 0), _Silent) as server:
        server.set_app(application)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
