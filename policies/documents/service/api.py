"""Request -> document: the endpoints of the service, each behind one line that says what it asks for.

    token --Verifier--> claims --Engine--> who may? --loader--> document --Engine--> endpoint

An endpoint that has its document need not ask anything any more: without a yes, it is not called.
"""

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from policies.documents.service.models import Classification, Document, Share
from remit.hosts.fastapi import allowed, install, listing
from remit.hosts.guard import Guard
from remit.hosts.lists import Listing

_LOG = logging.getLogger("documents")
_ACTIONS = ("read", "write", "share", "delete")


class Shown(BaseModel):
    """A document as it is sent."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    owner: str
    classification: Classification
    title: str
    text: str
    shared_with: list[str]


class Listed(BaseModel):
    """A document in a list, and what the caller may do to it."""

    id: str
    title: str
    actions: list[str]


class Page(BaseModel):
    """Documents in the order of their ids. `next` is what `after` is for the next page."""

    documents: list[Listed]
    next: str | None


class Written(BaseModel):
    """What is to stand in a document."""

    title: str
    text: str


class Shared(BaseModel):
    """Whom a document is to be shared with."""

    user: str


def open_session(request: Request) -> Iterator[Session]:
    """A database session, as long as the request lasts."""
    sessions: sessionmaker[Session] = request.app.state.sessions
    with sessions() as session:
        yield session


Database = Annotated[Session, Depends(open_session)]


def load(document_id: str, session: Database) -> Document | None:
    """The loader: called once, and only where the decision depends on what is in the document."""
    _LOG.info("loads document %r", document_id)
    return session.get(Document, document_id)


def application(guard: Guard, sessions: sessionmaker[Session]) -> FastAPI:
    """The service. Every endpoint has its document from `allowed`."""
    # the pages that try an API out load scripts from elsewhere
    app = FastAPI(title="Documents", docs_url=None, redoc_url=None)
    app.state.sessions = sessions
    install(app)

    @app.get("/documents/{document_id}")
    def read(document: Annotated[Document, allowed(guard, "read", Document, load)]) -> Shown:
        return Shown.model_validate(document)

    @app.put("/documents/{document_id}")
    def write(
        document: Annotated[Document, allowed(guard, "write", Document, load)],
        written: Written,
        session: Database,
    ) -> Shown:
        document.title, document.text = written.title, written.text
        session.commit()
        return Shown.model_validate(document)

    @app.post("/documents/{document_id}/shares", status_code=204, response_class=Response)
    def share(
        document: Annotated[Document, allowed(guard, "share", Document, load)],
        shared: Shared,
        session: Database,
    ) -> None:
        if shared.user not in document.shared_with:
            document.shares.append(Share(user=shared.user))
            session.commit()

    @app.delete("/documents/{document_id}", status_code=204, response_class=Response)
    def delete(
        document: Annotated[Document, allowed(guard, "delete", Document, load)], session: Database
    ) -> None:
        session.delete(document)
        session.commit()

    @app.get("/documents")
    def show_all(
        readable: Annotated[Listing[Document], listing(guard, "read", Document)],
        session: Database,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Page:
        return page_of(readable, session, after, limit)

    return app


# ---- a list has no one document to decide about


def page_of(readable: Listing[Document], session: Session, after: str, limit: int) -> Page:
    """The documents behind `after` that the caller may read, each decided about.

    A page ends at a document that is on it, and never tells of one that is not.
    """
    behind = select(Document).where(Document.id > after).order_by(Document.id)
    rows = session.scalars(behind.execution_options(yield_per=100))
    found = list(islice(readable.allowed(rows), limit + 1))
    shown = found[:limit]
    return Page(
        documents=[
            Listed(
                id=row.id,
                title=row.title,
                actions=readable.actions(_ACTIONS, row),
            )
            for row in shown
        ],
        next=shown[-1].id if len(found) > limit else None,
    )
