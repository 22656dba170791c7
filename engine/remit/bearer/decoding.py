"""Text that a client or an issuer sent -> bytes and JSON objects, or `Unreadable`.

Stricter than RFC 8259 asks, so that two readers never see two things: no member name twice in an object
(RFC 7515, section 4; RFC 7519, section 4), no NaN or Infinity, no lone surrogates, no base64url but the
shortest form (RFC 7515, section 2: no padding; unused bits are zero). Depth and numbers are bounded
before they cost anything.
"""

import base64
import binascii
import json
import math
import re
from typing import Final

MAX_DEPTH: Final = 32
"""Objects and lists inside of each other."""
MAX_DIGITS: Final = 32
"""Characters of a number: more than any double or 64-bit integer needs."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
# A string that never ends is taken whole: to try again after each of its quotes would cost its square.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Unreadable(ValueError):
    """The text is not what it should be; without a message, for it would be about the text."""


def base64url(text: str) -> bytes:
    """Bytes from base64url without padding. Raises Unreadable for all but the one right spelling."""
    if _BASE64URL.fullmatch(text) is None:
        raise Unreadable
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Unreadable from None
    if base64url_of(data) != text:
        raise Unreadable
    return data


def base64url_of(data: bytes) -> str:
    """Base64url without padding (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def json_object(data: bytes) -> dict[str, object]:
    """A JSON object from its text in UTF-8. Raises Unreadable."""
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        value: object = _DECODER.decode(text)
        if _SURROGATE.search(text) is not None:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):  # both of json's errors and of the codec's are ValueErrors
        raise Unreadable from None
    if type(value) is not dict:
        raise Unreadable
    return value


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MAX_DEPTH:
            raise Unreadable


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Unreadable
    return int(text)


def _fraction(text: str) -> float:
    value = float(text) if len(text) <= MAX_DIGITS else math.inf
    if not math.isfinite(value):
        raise Unreadable
    return value


def _constant(_: str) -> object:
    raise Unreadable


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
