"""Values that services hand in by mistake, or in malice.

`CALLS` lists every time that a rule ran code of such a value; it must stay empty (row 27).
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from ipaddress import IPv4Address
from typing import Any

CALLS: list[str] = []


def _recorded(method: str, answer: object) -> Any:  # noqa: ANN401  (stands in for any method)
    def call(_self: object, *_arguments: object) -> object:
        CALLS.append(method)
        return answer

    return call


class Liar:
    """Equal to everything, in everything, and a string if one asks it."""

    __eq__ = _recorded("__eq__", answer=True)
    __ne__ = _recorded("__ne__", answer=False)
    __hash__ = _recorded("__hash__", answer=0)
    __bool__ = _recorded("__bool__", answer=True)
    __len__ = _recorded("__len__", answer=1)
    __iter__ = _recorded("__iter__", answer=iter(()))
    __contains__ = _recorded("__contains__", answer=True)
    __lt__ = _recorded("__lt__", answer=True)
    __le__ = _recorded("__le__", answer=True)
    __gt__ = _recorded("__gt__", answer=True)
    __ge__ = _recorded("__ge__", answer=True)
    __str__ = _recorded("__str__", answer="t1")
    __class__ = str  # type: ignore[assignment]


class Text(str):
    """A string in all but its exact type."""

    __slots__ = ()


class LiarText(str):
    """A string that equals every other."""

    __slots__ = ()
    __eq__ = _recorded("str.__eq__", answer=True)
    __ne__ = _recorded("str.__ne__", answer=False)
    __hash__ = _recorded("str.__hash__", answer=0)


class LiarNumber(int):
    """A number that equals every other, and is less as well."""

    __eq__ = _recorded("int.__eq__", answer=True)
    __ne__ = _recorded("int.__ne__", answer=False)
    __lt__ = _recorded("int.__lt__", answer=True)
    __le__ = _recorded("int.__le__", answer=True)
    __gt__ = _recorded("int.__gt__", answer=True)
    __ge__ = _recorded("int.__ge__", answer=True)
    __hash__ = _recorded("int.__hash__", answer=0)


class LiarList(list[object]):
    """A list that holds everything."""

    __contains__ = _recorded("list.__contains__", answer=True)
    __iter__ = _recorded("list.__iter__", answer=iter(()))
    __hash__ = _recorded("list.__hash__", answer=0)


class LiarDict(dict[str, object]):
    """A dict that has every key."""

    __contains__ = _recorded("dict.__contains__", answer=True)
    __getitem__ = _recorded("dict.__getitem__", answer="t1")
    __iter__ = _recorded("dict.__iter__", answer=iter(()))
    __len__ = _recorded("dict.__len__", answer=1)
    get = _recorded("dict.get", answer="t1")
    items = _recorded("dict.items", answer=())
    keys = _recorded("dict.keys", answer=())


class LiarDecimal(Decimal):
    """A decimal that equals every other, and is less as well."""

    __eq__ = _recorded("Decimal.__eq__", answer=True)
    __lt__ = _recorded("Decimal.__lt__", answer=True)
    __le__ = _recorded("Decimal.__le__", answer=True)
    __gt__ = _recorded("Decimal.__gt__", answer=True)
    __ge__ = _recorded("Decimal.__ge__", answer=True)
    __hash__ = _recorded("Decimal.__hash__", answer=0)
    as_tuple = _recorded("Decimal.as_tuple", answer=None)
    is_finite = _recorded("Decimal.is_finite", answer=True)


class LiarInstant(datetime):
    """An instant that is whichever one asks for."""

    __eq__ = _recorded("datetime.__eq__", answer=True)
    __lt__ = _recorded("datetime.__lt__", answer=True)
    __sub__ = _recorded("datetime.__sub__", answer=timedelta(0))
    __hash__ = _recorded("datetime.__hash__", answer=0)
    utcoffset = _recorded("datetime.utcoffset", answer=timedelta(0))
    timestamp = _recorded("datetime.timestamp", answer=0.0)


class LiarLength(timedelta):
    """A duration that equals every other."""

    __eq__ = _recorded("timedelta.__eq__", answer=True)
    __floordiv__ = _recorded("timedelta.__floordiv__", answer=0)
    __hash__ = _recorded("timedelta.__hash__", answer=0)
    total_seconds = _recorded("timedelta.total_seconds", answer=0.0)


class Address(IPv4Address):
    """An address in all but its exact type."""


class Word(Enum):
    """An enum as a service would write it, with members inside and outside of what is declared."""

    PUBLIC = "public"
    INTERNAL = "internal"
    LOW = "low"
    T1 = "t1"
    OTHER = "other"
    ANN = "auth0|ann"
    ONE = 1
    YES = True
    NOTHING = None
    HUGE = 2**63


class Label(StrEnum):
    """The same, with members that are strings themselves."""

    PUBLIC = "public"
    SECRET = "secret"
    HIGH = "high"
    T2 = "t2"
    OTHER = "other"
    BOB = "auth0|bob"


class Rank(IntEnum):
    """The same, with members that are numbers themselves."""

    NONE = 0
    ONE = 1
    TWO = 2


ILL_TYPED: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    1,
    1.0,
    "1",
    "True",
    "true",
    "",
    "other",
    "t1",
    "auth0|ann",
    "auth0|ann ",
    b"t1",
    float("nan"),
    float("inf"),
    2**63,
    -(2**63) - 1,
    10**400,
    [],
    ["t1"],
    ("t1",),
    {"t1": True},
    {},
    frozenset({"t1"}),
    object(),
    Liar(),
    Text("t1"),
    Text("public"),
    LiarText("t1"),
    LiarNumber(1),
    LiarList(["t1"]),
    *Word,
    *Label,
    *Rank,
    [Liar(), "t1"],
    ["t1", LiarText("t2")],
    [Text("auth0|ann")],
    ["public", Word.PUBLIC],
    ["auth0|bob", None],
    [1, True, 1.0],
    [True, 1],
    [2**63],
    [[]],
    [float("nan")],
    {"t1", 1},
    (1, "1"),
)
"""Each is wrong for most types; for the one that it suits, it is just another value."""
