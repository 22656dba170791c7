"""Issuer, API, and a database in a folder that goes away -> servers on this machine."""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from policies.documents.service import api, demonstration, issuer
from policies.documents.service.models import Base
from policies.documents.service.people import AUDIENCE, documents
from remit import Engine
from remit.bearer import Issuer, Verifier
from remit.hosts.guard import Guard

POLICY = Path(__file__).parent.parent / "documents.remit"


class Running(NamedTuple):
    """Servers that are up: the URL of the API, and who makes tokens for it."""

    url: str
    issuer: issuer.Issuer


@contextlib.contextmanager
def running(host: str = "127.0.0.1", port: int = 0, issuer_port: int = 0) -> Generator[Running]:
    """The whole demonstration, for as long as it is wanted; port 0 is any that is free.

    Raises ConfigurationError for an address that is not this machine's own, OSError for a port in use.
    """
    issuer.check_loopback(host)
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(_listening(host, number)) for number in (port, issuer_port))
        tokens = issuer.Issuer(f"{_url(theirs)}/")
        stack.enter_context(_serving(issuer.application(tokens), theirs))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = create_engine(f"sqlite:///{folder}/documents.db")
        stack.callback(database.dispose)
        Base.metadata.create_all(database)
        sessions = sessionmaker(database)
        with sessions.begin() as session:
            session.add_all(documents())
        guard = guarding(tokens.identifier)
        app = api.application(guard, sessions)
        demonstration.install(app, guard, tokens, POLICY)
        stack.enter_context(_serving(app, ours))
        yield Running(_url(ours), tokens)


def guarding(identifier: str) -> Guard:
    """The engine and the verifier, as a service sets them up for its own issuer and audience."""
    engine = Engine.load(POLICY, audience=AUDIENCE, issuers={identifier: "auth0"})
    # `allow_http` is for the loopback interface; an issuer elsewhere is asked by https
    trusted = Issuer(identifier, algorithms=issuer.ALGORITHMS, allow_http=True)
    return Guard(engine, Verifier([trusted]), realm="documents", conceal="read", disclosure="scopes")


def _listening(host: str, port: int) -> socket.socket:
    # only where the protocol is named does asyncio let head and body go out without a wait
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def _url(listening: socket.socket) -> str:
    return "http://{}:{}".format(*listening.getsockname())


@contextlib.contextmanager
def _serving(app: FastAPI, listening: socket.socket) -> Generator[None]:
    """Serve in a thread, and let the requests under way end before it stops."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
