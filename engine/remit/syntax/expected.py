"""Terminals -> what could stand at a place, in few words.

Nearly everything can follow a value: an operator, a clause, the next statement. What belongs together
is named together, and what goes on with the statement comes before what begins another.
"""

from collections.abc import Iterable, Mapping

SAID: Mapping[str, str] = {
    "NAME": "a name",
    "BACKQUOTED": "a name",
    "STRING": "a string",
    "INT": "a number",
    "DECIMAL": "a number",
    "DURATION": "a duration",
    "SCOPE": "a scope",
    "PRINCIPAL": "an expectation (`NAME may ACTION`)",
    "MATRIX": "`matrix`",
}
_STATEMENTS = frozenset(
    ["API", "AUDIENCE", "ISSUER", "ASSERTS", "SCOPES", "ROLE", "CLIENT", "ACTORS", "TOKEN", "CONTEXT"]
    + ["RESOURCE", "ASSUME", "TYPE", "LET", "DATA", "ACTION", "RELATION", "PERMIT", "FORBID"]
    + ["REQUIRE", "FIXTURES", "TEST"]
)
_VALUE = frozenset(
    ["NAME", "BACKQUOTED", "STRING", "INT", "DECIMAL", "DURATION", "LPAR", "LSQB", "MINUS"]
    + ["TRUE", "FALSE", "TOKEN", "CONTEXT", "ACTION"]
)
_CONDITION = _VALUE | {"NOT", "HAS", "GRANTED", "HOLDS"}
_AFTER_VALUE = frozenset(
    ["*", "+", "-", "??", "==", "!=", "<", "<=", ">", ">=", "in", "like", "not", ".", "[", "("]
)
_FEW = 2


def expected(terminals: Iterable[str], spellings: Mapping[str, str]) -> list[str]:
    """What the terminals stand for, each once; `spellings` are the texts of those that have one only."""
    left = set(terminals)
    groups: list[str] = []
    if "PLUS" in left:
        left -= {name for name in left if spellings.get(name) in _AFTER_VALUE}
        groups.append("an operator")
    elif left >= _CONDITION:
        left -= _CONDITION | {"ANY", "ALL"}
        groups.append("a value or a condition")
    elif left >= _VALUE:
        left -= _VALUE
        groups.append("a value")
    begun = left & _STATEMENTS
    if len(begun) > _FEW and (groups or left - begun - {"RBRACE"}):
        left -= begun | {"RBRACE"}
        groups.append("another statement")
    said = (SAID.get(name) or f"`{spellings[name]}`" for name in left)
    return [*sorted(set(said)), *groups]
