"""What a name can mean, and where it stands."""

from dataclasses import dataclass
from enum import StrEnum

from remit.spans import Span


class Sort(StrEnum):
    """What sort of thing has a name, in the words that an author is shown."""

    SCOPE = "scope"
    ROLE = "role"
    CLIENT = "client"
    GROUP = "class"
    RESOURCE = "resource"
    TYPE = "type"
    VALUE = "value"
    CLAIM = "claim"
    CONTEXT = "member of the context"
    ATTRIBUTE = "attribute"
    RELATION = "relation"
    ACTION = "action"
    PARAMETER = "parameter"
    MEMBER = "member"
    ELEMENT = "element"
    CALLER = "token"
    THING = "resource of a test"
    FIXTURES = "fixtures"
    RULE = "rule"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A thing that has a name; `owner` tells it from others of its sort and name.

    That is the resource of an attribute, an action or a relation (the API's own have none), the place of
    the action or the type that a parameter or a member is declared in, the place of the test, or of the
    group, that has a fixture.
    """

    sort: Sort
    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where something is named; several things, where a rule is about several resources."""

    span: Span
    symbols: tuple[Symbol, ...]
    declares: bool = False


def place_of(span: Span) -> str:
    """The owner that a node is to what it declares."""
    return f"{span.file}@{span.start}"
