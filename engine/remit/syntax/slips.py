"""A token that the grammar cannot take, and what stands around it -> what was most likely meant.

People bring words and signs from other languages, leave a block open, forget a comma. Each function in
`_FINDERS` knows one such slip, and says what to write; the first that recognises its own is right. What
none of them knows is left to the list of what could stand there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from remit.syntax.lexer import Token
from remit.syntax.opened import Opened, not_closed

Takes = Callable[..., bool]
"""Whether tokens, words of the language, terminals could stand at a place, one after the other."""

_SHOWN = 40
_AROUND = 100
"""How many characters before and after a token are looked at."""


class Slip(NamedTuple):
    """What stands from `start` to `end` of a text, and what to do about it."""

    start: int
    end: int
    help: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A token that was refused, and the place where that was.

    `took` is as `takes`, of the place before the `last` token. `line` is the first token of the line,
    and `closes` says whether the line could stand there, up to the token, if so many of the `blocks`
    were closed before it. `words` are those of the language that can come, `clauses` those that the rule
    has so far, `brackets` the signs that are open.
    """

    text: str
    token: Token
    following: Token
    last: Token
    line: Token
    takes: Takes
    took: Takes
    closes: Callable[[int], bool]
    blocks: Sequence[Opened]
    words: Sequence[str]
    clauses: Sequence[str]
    brackets: Sequence[str]

    def slip(self, hint: str) -> Slip:
        """The token itself, and what to do about it."""
        return Slip(self.token.start, self.token.end, hint)


# ---- signs and words of other languages

_SIGNS = re.compile(r"[=!<>&|~-]+")
_BY_SIGN: Mapping[str, str] = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
    "=~": "like",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}
_BY_WORD: Mapping[str, tuple[str, ...]] = {
    "allow": ("permit",),
    "grant": ("permit", "grants"),
    "deny": ("forbid",),
    "if": ("when",),
    "where": ("when",),
    "reason": ("because",),
    "requires": ("needs", "require"),
    "by": ("to",),
    "for": ("to",),
    "is": ("==",),
    "equals": ("==",),
    "matches": ("like",),
    "group": ("role",),
    "permission": ("scope",),
    "*": ("any",),
}
_CHARACTERS: Mapping[str, str] = {
    "#": "a comment begins with `#` after a blank",
    ";": "leave it out: nothing stands between statements",
    "/": "nothing can be divided: multiply the other side",
    "%": "there is no such sign: write the number itself",
    **dict.fromkeys("'\u2018\u2019\u201c\u201d\u201e", 'a string stands between `"` and `"`'),
}
_QUOTED = re.compile(
    "(?:'([^'\"\\\\\n]*)'|[\u201c\u201d\u201e]([^\u201c\u201d\u201e\"\\\\\n]*)[\u201c\u201d])"
)
_COMMENT = re.compile(r"//|/\*")
_CONTAINING = ("contains", "includes")
_PATTERNS = {"startswith": "{}*", "startsWith": "{}*", "endswith": "*{}", "endsWith": "*{}"}
_PATH = r"(?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
_OPERAND = r'(?P<operand>"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|[0-9]+)'
_CALLS = (
    re.compile(rf"{_PATH}\.(?P<name>[A-Za-z_]\w*)\(\s*{_OPERAND}\s*\)"),
    re.compile(rf"{_PATH}[ \t]+(?P<name>[A-Za-z_]\w*)[ \t]+{_OPERAND}"),
)


def unknown(text: str, start: int, takes: Takes) -> Slip | None:
    """What was most likely meant by a character at `start` that no token begins with."""
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        return Slip(start, quoted.end(), f'did you mean `"{quoted[1] or quoted[2] or ""}"`?')
    signs = _SIGNS.match(text, start)
    if signs is not None:
        return _by_sign(signs, takes)
    comment = _COMMENT.match(text, start)
    if comment is not None:
        return Slip(start, comment.end(), "a comment begins with `#`")
    character = text[start]
    hint = _CHARACTERS.get(character)
    if hint is None and character.isspace():
        hint = "only blanks, tabs and line ends stand between words"
    if hint is None and character.isalpha():
        hint = "a name with letters other than A to Z stands in backquotes"
    return None if hint is None else Slip(start, start + 1, hint)


def _by_sign(signs: re.Match[str], takes: Takes) -> Slip | None:
    meant = _BY_SIGN.get(signs.group())
    if meant is None or not takes(meant):
        return None
    return Slip(*signs.span(), f"did you mean `{meant}`?")


def _other_sign(place: Refused) -> Slip | None:
    """`=`, `||`; `===` and `<>`, where what came before the token was taken for a sign of its own."""
    whole = None
    if place.last.end == place.token.start and _SIGNS.fullmatch(place.last.text) is not None:
        signs = _SIGNS.match(place.text, place.last.start)
        whole = None if signs is None else _by_sign(signs, place.took)
    signs = _SIGNS.match(place.text, place.token.start)
    if whole is not None or signs is None:
        return whole
    if signs.group() == "--":
        return Slip(*signs.span(), "a comment begins with `#`")
    return _by_sign(signs, place.takes)


def _other_word(place: Refused) -> Slip | None:
    """`allow`; `Permit`."""
    word = place.token.text.lower()
    for meant in (*_BY_WORD.get(word, ()), word):
        if meant != place.token.text and place.takes(meant):
            return place.slip(f"did you mean `{meant}`?")
    return None


def _operator_as_name(place: Refused) -> Slip | None:
    """`tags.contains("x")`, `tags contains "x"`, `tenant.startswith("x")`."""
    begins = max(place.text.rfind("\n", 0, place.token.start) + 1, place.token.start - _AROUND)
    line = place.text[begins : place.token.start + _AROUND].partition("\n")[0]
    for call in (call for pattern in _CALLS for call in pattern.finditer(line)):
        start, end = begins + call.start(), begins + call.end()
        path, operand = call["path"], call["operand"]
        meant = None
        if call["name"] in _CONTAINING:
            meant = f"{operand} in {path}"
        elif call["name"] in _PATTERNS and operand.startswith('"'):
            meant = f'{path} like "{_PATTERNS[call["name"]].format(operand[1:-1])}"'
        whole = start > place.token.start - _AROUND and end < place.token.start + _AROUND
        if meant is not None and whole and start <= place.token.start < end:
            return Slip(start, end, f"did you mean `{meant}`?")
    return None


# ---- blocks and statements

_FIELD = re.compile(r"[ \t]*\??[ \t]*:")
_RESOURCE = re.compile(r"resource\s+[\w`-]+\s*\{")
_SECOND = re.compile(r"[ \t]+([A-Za-z_]\w*)")
_MAY = ("can", "could", "should", "must", "is")
_MAY_NOT = ("cannot", "cant")
_CLAUSES = ("on", "to", "when", "unless", "oblige", "because")


def _unclosed_block(place: Refused) -> Slip | None:
    """A statement that could stand here, if a block before it had been closed."""
    before = [block for block in place.blocks if block.start < place.line.start]
    if not any(place.closes(count + 1) for count in range(len(before))):
        return None
    inner = before[-1]
    if place.line is not place.token and _indent(place.text, place.line.start) > _indent(
        place.text, inner.start
    ):
        return None  # it begins as something else that may well stand inside
    return place.slip(not_closed(place.text, inner))


def _indent(text: str, start: int) -> int:
    return start - (text.rfind("\n", 0, start) + 1)


def _late_attribute(place: Refused) -> Slip | None:
    """`tenant: string` after an action of a resource."""
    if not place.token.opens_line or _FIELD.match(place.text, place.token.end) is None:
        return None
    if not place.blocks or _RESOURCE.fullmatch(place.blocks[-1].words) is None:
        return None
    return place.slip("attributes stand before actions and rules")


def _not_may(place: Refused) -> Slip | None:
    """`ann can read d` in a test: the slip is the second word."""
    second = _SECOND.match(place.text, place.token.end)
    if second is None or not place.token.text.isidentifier() or not place.takes("PRINCIPAL"):
        return None
    if second[1] in _MAY_NOT:
        return Slip(*second.span(1), "did you mean `may not`?")
    if second[1] in _MAY or get_close_matches(second[1], ["may"]):
        return Slip(*second.span(1), "did you mean `may`?")
    return None


def _clause(place: Refused) -> Slip | None:
    """A second `when`, or one after `because`."""
    word = place.token.text
    if word not in _CLAUSES:
        return None
    if word in place.clauses:
        return place.slip(f"a rule has one `{word}`")
    later = [said for said in _CLAUSES[_CLAUSES.index(word) + 1 :] if said in place.clauses]
    return place.slip(f"`{word}` stands before `{later[0]}`") if later else None


# ---- signs that are missing, or one too many

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "like")
_OPENING = {")": "(", "]": "[", "}": "{"}
_BARE = re.compile(r"\.[0-9]+")


def _compared_twice(place: Refused) -> Slip | None:
    """`1 < cost < 3`."""
    if place.token.text in _COMPARISONS and place.takes("+") and not place.takes("=="):
        return place.slip("compare two values at a time, and join the two by `and`")
    return None


def _runs_on(place: Refused) -> Slip | None:
    """`15min`, `1e3`; `"x because "x"`: the token before ends earlier than was meant."""
    last = place.last
    if last.end != place.token.start or not place.token.text[0].isidentifier():
        return None
    if last.type in ("INT", "DECIMAL", "DURATION"):
        return place.slip("after a number stands `ms`, `s`, `m`, `h`, `d`, `w` or no letter")
    if last.type == "STRING":
        said = last.text if len(last.text) <= _SHOWN else f"{last.text[:_SHOWN]}..."
        return place.slip(f'`{said}` is one string: a `"` is missing, or there is one too many')
    return None


def _bare_decimal(place: Refused) -> Slip | None:
    """`.5`."""
    digits = _BARE.match(place.text, place.token.start)
    if digits is None or not place.takes("DECIMAL"):
        return None
    return Slip(*digits.span(), f"did you mean `0{digits.group()}`?")


def _closes_nothing(place: Refused) -> Slip | None:
    """A bracket too many."""
    opening = _OPENING.get(place.token.text)
    if opening is None or opening in place.brackets:
        return None
    return place.slip(f"no `{opening}` is open here")


def _record_as_value(place: Refused) -> Slip | None:
    """`let x = { a: 1 }`."""
    if place.token.text != "{" or not place.takes("[") or place.takes("+"):
        return None
    return place.slip("a map or a record is no value here: put it into a file, and name that by `data`")


def _near(place: Refused) -> Slip | None:
    """A word that is nearly one that can come here; of a sign its beginning."""
    text = place.token.text
    if text.isidentifier():
        meant = get_close_matches(text, [word for word in place.words if word.isidentifier()], n=1)
    else:
        meant = [word for word in place.words if text.startswith(word) and text != word]
    return place.slip(f"did you mean `{meant[0]}`?") if meant else None


def _missing_sign(place: Refused) -> Slip | None:
    """The token could stand here after a sign."""
    token, following = place.token, place.following
    scopes = not token.opens_line and place.takes(",", "SCOPE") and not place.takes(",", "NAME")
    if scopes or place.takes(",", token, following):
        joins = place.brackets[-1:] != ["["] and place.takes("and", token, following)
        either = " or `and`" if joins else ""
        return place.slip(f"a `,`{either} is missing before it")
    signs = [sign for sign in (")", "]", ":") if place.takes(sign, token)]
    return place.slip(f"a `{signs[0]}` is missing before it") if signs else None


def _missing_before_word(place: Refused) -> Slip | None:
    """A word of the language, spelt right, that lacks a comma before it."""
    return _missing_sign(place) if place.token.text in _SUBJECTS else None


_SUBJECTS = ("role", "client", "anyone", "entitled")

_FINDERS = (
    _other_sign,
    _other_word,
    _operator_as_name,
    _unclosed_block,
    _late_attribute,
    _not_may,
    _clause,
    _compared_twice,
    _runs_on,
    _bare_decimal,
    _closes_nothing,
    _record_as_value,
    _missing_before_word,
    _near,
    _missing_sign,
)


def meant(place: Refused) -> Slip | None:
    """What was most likely meant; None where nobody can tell."""
    return next((slip for slip in (find(place) for find in _FINDERS) if slip is not None), None)
