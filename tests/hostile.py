"""Values that services hand in by mistake, or in malice.

`CALLS` lists every time that a rule ran code of such a value; it must stay empty (row 27).
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

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

NEAR_MISSES: dict[str, tuple[object, ...]] = {
    "string": (Text("t1"), LiarText("t1"), Word.T1, Label.T2, b"t1", 1, True, ["t1"]),
    "bool": (1, 0, 1.0, "true", "", Word.YES, LiarNumber(1)),
    "int": (
        True,
        False,
        1.0,
        2.5,
        "1",
        2**63,
        -(2**63) - 1,
        LiarNumber(1),
        Rank.ONE,
        Word.HUGE,
        Decimal(1),
    ),
    "decimal": (
        *(
            1.0,
            1.5,
            float("nan"),
            True,
            "1e3",
            " 1",
            "1 ",
            "+1",
            "01",
            "1.",
            ".5",
            "1_0",
            "",
            "-",
            "NaN",
        ),
        *("\u0661", "1\n", "Infinity", Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
        *(Decimal("1e1001"), Decimal("1e-1001"), Decimal("1e9999"), Decimal("0E+9999")),
        *(Decimal("1" * 35), "1" * 35, "0." + "1" * 35, "1" + "0" * 40, 10**34, 10**33, 10**400),
        *(
            Decimal("-0"),
            Decimal("1e1000"),
            "0." + "0" * 1000 + "1",
            LiarDecimal(1),
            Text("1"),
            Rank.ONE,
        ),
        LiarText("1.50"),
    ),
    "datetime": (
        *(
            "2026-01-01",
            "2027-01-15T08:00",
            "2027-01-15T08:00:00",
            "20270115T080000Z",
            "2027-W02-5T08:00Z",
        ),
        *("2027-01-15T08Z", "2027-01-15_08:00Z", "2027-01-15T24:00Z", "2027-01-15T08:00:60Z", " ", ""),
        *("2027-01-15T08:00:00,5Z", "2027-01-15T08:00:00.1234567Z", "2027-02-30T08:00Z", "now"),
        *("2027-01-15T08:00:00+24:00", "2027-01-15T08:00:00+00:00:30", "10000-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2027-01-15t08:00:00z"),
        *(1_800_000_000, 1_800_000_000.0, 1e300, True, float("nan"), 10**30, -(10**400)),
        datetime(2027, 1, 15, 8),  # noqa: DTZ001  (naive is what is wrong with it)
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=23))),
        datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2027, 1, 15, 8, tzinfo=UTC).date(),
        LiarInstant(2027, 1, 15, 8, tzinfo=UTC),
        Text("2027-01-15T08:00:00Z"),
    ),
    "duration": (
        *(
            "1.5h",
            "-1h",
            "1 h",
            " 1h",
            "1h ",
            "1h30m",
            "PT1H",
            "1H",
            "h",
            "",
            "0",
            "\u0661h",
            "1h\n",
            "1us",
        ),
        *("9223372036854775807ms", "106751991d", "106751992d", "9" * 30 + "w", "0" * 30 + "1h"),
        *(timedelta.max, timedelta.min, LiarLength(hours=1), 3600, 3600.0, True, Text("1h")),
    ),
    "ip": (
        *(
            "010.0.0.1",
            "10.0.0.1 ",
            "10.0.0",
            "10.0.0.256",
            "10.0.0.1/32",
            "0x0a.0.0.1",
            "10.1",
            "localhost",
        ),
        *(
            "fe80::1%eth0",
            "::1%",
            "::ffff:10.0.0.1%1",
            "[::1]",
            "1::2::3",
            "::FFFF:10.0.0.1",
            "::ffff:a00:1",
        ),
        *(167772161, b"\n\0\0\1", True, IPv6Address("fe80::1%eth0"), IPv4Interface("10.0.0.1/8")),
        *(Address("10.0.0.1"), IPv4Network("10.0.0.1/32"), Text("10.0.0.1"), "\u0661.0.0.1"),
    ),
    "cidr": (
        *(
            "10.0.0.1/8",
            "10.0.0.1",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "/8",
            "10/8",
            "10.0.0.0/08",
        ),
        *("010.0.0.0/8", "10.0.0.0/8/8", " 10.0.0.0/8", "2001:db8::1/32", "::ffff:10.0.0.1/104"),
        *("::ffff:0:0/95", "::/95", "fe80::%eth0/64", "::ffff:10.0.0.0/128", "10.0.0.0/255.0.255.0"),
        *(IPv4Interface("10.0.0.0/8"), IPv4Address("10.0.0.1"), (167772160, 8), Text("10.0.0.0/8")),
    ),
    "zone": (
        *(
            "Mars/Olympus",
            "Europe",
            "",
            ".",
            "..",
            "../UTC",
            "/etc/localtime",
            "Europe/../UTC",
            "utc",
            "UTC ",
        ),
        *("Europe/Berlin\0", "europe/berlin", "posixrules", "zone.tab", "\udc80", "x" * 5000),
        *(ZoneInfo("UTC"), UTC, Text("UTC"), LiarText("UTC"), 0),
    ),
    "uuid": (
        *("123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "", "123e4567"),
        *("urn:uuid:123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-42661417400g"),
        *("123e4567-e89b-12d3-a456-426614174000\n", "123e-4567e89b-12d3-a456-426614174000"),
        *("\u0661\u062223e4567-e89b-12d3-a456-426614174000", 10, UUID(int=11), UUID(int=0).bytes),
        Text("123e4567-e89b-12d3-a456-426614174000"),
    ),
    "user": (Text("auth0|ann"), LiarText("auth0|ann"), Word.ANN, Label.BOB, 7, ["auth0|ann"]),
    "client": (Text("app"), LiarText("app"), Word.ANN, Label.BOB, 7, ["app"], "App", "app "),
    "enum": ("other", "Public", "t1 ", "low", "t1", "public", Word.PUBLIC, Label.HIGH, Text("t2")),
    "ordered": (
        "other",
        "Public",
        "high ",
        "low",
        "t3",
        "secret",
        Word.LOW,
        Label.HIGH,
        Text("t2"),
        0,
        1,
    ),
    "set": (
        *("t1", "auth0|ann", b"t1", {"t1": True}, {}, LiarList(["t1"]), Liar(), range(2), [[]], [None]),
        *(
            {"t1": 1}.keys(),
            (each for each in ("t1",)),
            iter(["t1"]),
            ["t1", None],
            {None},
            [LiarText("t1")],
        ),
        *(
            ["t1"] * 3,
            ["auth0|ann", "auth0|ann"],
            {"t1", 1},
            frozenset(),
            [float("nan")],
            MappingProxyType({}),
        ),
        *([True, 1, 1.0, "1", Decimal(1)], [1, 2**63], [Decimal("1.0"), 1, "1.00"], [Decimal("NaN"), 1]),
        *(["10.0.0.0/8", "10.0.0.1/8"], ["UTC", "utc"], ["1h", "60m"], [["t1"], "t1"]),
    ),
    "list": (
        *(
            "t1",
            "auth0|ann",
            b"t1",
            {"t1": True},
            {},
            {"t1"},
            frozenset({"t1"}),
            LiarList(["t1"]),
            Liar(),
        ),
        *(
            (each for each in ("t1",)),
            iter(["t1"]),
            range(2),
            [None],
            [[None]],
            [{}],
            [{}, None],
            [Liar()],
        ),
        *(
            [LiarDict()],
            [SimpleNamespace()],
            [[], [], []],
            ("t1", 1),
            [{"id": None}],
            [{1: 1}],
            [object],
        ),
    ),
    "map": (
        *([], [("t1", 1)], "t1", LiarDict(), LiarDict(t1=1), Liar(), {1: 1}, {"t1": None}, {None: 1}),
        *({Text("t1"): 1}, {"t1": 1, 2: 2}, {"auth0|ann": Liar()}, {"t1": LiarText("t1")}, {"": ""}),
        *(MappingProxyType({"t1": 1}), {"other": 1}, {("a", "b"): 1}, {b"t1": 1}, {"t1": [], "t2": {}}),
        *(
            {"public": "public", "auth0|ann": "auth0|ann", "t1": "t1", "low": "low"},
            SimpleNamespace(t1=1),
        ),
    ),
    "record": (
        *(
            [],
            [("id", 1)],
            "id",
            1,
            True,
            LiarDict(),
            LiarDict(id=1),
            {1: 1},
            {"id": None},
            {"id": Liar()},
        ),
        *(
            {Text("id"): "t1"},
            {"until": None, "who": None},
            SimpleNamespace(),
            SimpleNamespace(id=Liar()),
        ),
        *(
            MappingProxyType({"id": "t1"}),
            Word.T1,
            {"id": {}, "who": [], "until": "t1"},
            object,
            (),
            b"",
        ),
    ),
}
"""Values that come close to a type; an enum's may be those of another one."""
