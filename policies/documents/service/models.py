"""Documents in a database -> the class `Document` that the policy speaks of.

The class has the name of the policy's resource type, and its attributes the names of the members: that
is all it takes for a row to be decided about as it is.
"""

from typing import Literal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Classification = Literal["public", "internal", "secret"]


class Base(DeclarativeBase):
    """The tables of the service."""


class Share(Base):
    """A user whom a document is shared with."""

    __tablename__ = "shares"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)


class Document(Base):
    """A document. `owner` and the users it is shared with are subjects of the issuer."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    tenant: Mapped[str]
    classification: Mapped[Classification]
    title: Mapped[str]
    text: Mapped[str]
    # read along with the document, in the loader's thread: a decision is made on the event loop
    shares: Mapped[list[Share]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=Share.user
    )

    @property
    def shared_with(self) -> list[str]:
        """The users who may read it for that reason."""
        return [share.user for share in self.shares]
