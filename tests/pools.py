"""Constants of each type: few, so that what a rule asks for and what a request holds often meet."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.pieces import Written

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z, a Friday
ISSUERS = ("https://issuer.example/", "https://other.example/realm")
AUDIENCES = ("https://api.example", "https://api.example/v2")
USERS = ("auth0|ann", "auth0|bob", "cy")
CLIENTS = ("app", "nightly", "cli 2")
ACTORS = ("agent", "auth0|bob", "app")
ACRS = ("phr", "phrh", "loa 3")
STRINGS = ("t1", "t2", "", "1", "true", 'q"\\\n', "\u00e9\u202e", "public", "a/b", "a/b/c.txt", "/a")
KEYS = ("t1", "t2", "1", "public")
"""Strings that a map may have for keys."""
PATTERNS = (
    "a/**",
    "**",
    "*",
    "t?",
    "a/*/c.txt",
    "/a",
    "**/b",
    "a/**/*.*",
    "/**",
    "?",
    "*1",
    "**/b/**",
    "*l*c",
)
ENUMS = (
    ("public", "internal", "secret"),
    ("low", "high"),
    ("t1", "t2", "t3"),
    ("t3", "t1", "t2"),
)

WRITTEN: dict[str, tuple[Written, ...]] = {
    "string": STRINGS,
    "bool": (True, False),
    "int": (1, 0, 2, -1, 5, 3_037_000_500, 2**63 - 1, -(2**63)),
    "decimal": (
        1,
        Decimal("1.50"),
        0,
        Decimal("-0.01"),
        Decimal("0.10"),
        2**63 - 1,
        Decimal("9." + "9" * 32),
    ),
    "datetime": (
        "2027-01-15T08:00:00Z",
        "2027-01-15T10:00+02:00",
        "2027-01-15T07:30:00.000001Z",
        "2026-10-25 02:30+01:00",
        "2027-01-16T00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999Z",
    ),
    "duration": (
        timedelta(hours=1),
        timedelta(minutes=15),
        timedelta(0),
        timedelta(hours=8),
        timedelta(milliseconds=500),
        timedelta(days=36_500),
    ),
    "ip": ("10.0.0.1", "192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1", "2001:DB8:0::1"),
    "cidr": (
        "10.0.0.0/8",
        "10.0.0.1/32",
        "2001:db8::/32",
        "0.0.0.0/0",
        "::ffff:10.0.0.0/104",
        "::/0",
    ),
    "zone": ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-00000000000a"),
    "user": USERS,
    "client": CLIENTS,
}
"""What a policy writes for a value of the type."""

_BERLIN = ZoneInfo("Europe/Berlin")
HANDED: dict[str, tuple[object, ...]] = {
    "string": (*STRINGS, *STRINGS, "a/../b", "a//b", "a%2fb"),
    "bool": (True, False),
    "int": (*WRITTEN["int"], *WRITTEN["int"], 2**62, -3_037_000_500),
    "decimal": (
        1,
        Decimal("1.5"),
        "1.50",
        0,
        "0.1",
        Decimal("-0.01"),
        "-0",
        Decimal("0.10"),
        2**63 - 1,
        Decimal("9" * 34),
        "9." + "9" * 32,
        Decimal("1E+2"),
        Decimal("1E-1000"),
    ),
    "datetime": (
        datetime(2027, 1, 15, 8, tzinfo=UTC),
        "2027-01-15T08:00:00Z",
        "2027-01-15T10:00+02:00",
        datetime(2027, 1, 15, 7, 30, 0, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, tzinfo=_BERLIN),
        datetime(2026, 10, 25, 2, 30, tzinfo=_BERLIN, fold=1),
        datetime(2027, 3, 28, 2, 30, tzinfo=_BERLIN),
        "2026-10-25 02:30+01:00",
        "2027-01-16T00:00Z",
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        "9999-12-31T23:59:59.999999Z",
    ),
    "duration": (
        timedelta(hours=1),
        "15m",
        "60m",
        timedelta(minutes=15),
        "0s",
        timedelta(hours=8),
        "500ms",
        "1w",
        timedelta(microseconds=-1),
        timedelta(days=36_500),
    ),
    "ip": (
        "10.0.0.1",
        IPv4Address("10.0.0.1"),
        "192.0.2.7",
        "2001:db8::1",
        IPv6Address("2001:db8::1"),
        "::ffff:10.0.0.1",
        IPv6Address("::ffff:192.0.2.7"),
        "::",
    ),
    "cidr": (
        "10.0.0.0/8",
        IPv4Network("10.0.0.0/8"),
        "10.0.0.1/32",
        "2001:db8::/32",
        IPv6Network("2001:DB8::/32"),
        "0.0.0.0/0",
        "::ffff:10.0.0.0/104",
        IPv6Network("::ffff:0:0/96"),
        "192.0.2.0/0.0.0.255",
        "::/0",
    ),
    "zone": (*WRITTEN["zone"], "Pacific/Apia"),
    "uuid": (
        *WRITTEN["uuid"],
        "123E4567-E89B-12D3-A456-426614174000",
        UUID("123e4567-e89b-12d3-a456-426614174000"),
        UUID(int=10),
    ),
    "user": USERS,
    "client": CLIENTS,
}
"""What a service hands in for a value of the type, where there is nothing to find fault with."""

NUMERIC_DATES: tuple[object, ...] = (NOW, NOW - 1800, NOW + 0.5, 0, -1, 253_402_300_800)
"""What tokens may hold for a datetime besides."""
