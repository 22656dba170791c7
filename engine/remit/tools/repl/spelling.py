"""What a person writes -> values, and back: as a test of a policy writes them, or as JSON."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NoReturn

from remit.checker.files import named_once, no_number
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.parser import parse
from remit.syntax.render_expressions import value as rendered
from remit.tools.inputs import BadInput

NOWHERE = Span("", 0, 0)

_OPENING, _CLOSING = "{[(", "}])"


def value_of(text: str) -> Any:  # noqa: ANN401  (a value of any type)
    """The value that a text writes. Raises BadInput."""
    node = _datum(text)
    try:
        if node is not None:
            return _constant(node)
        return json.loads(text, object_pairs_hook=named_once, parse_constant=no_number)
    except (ValueError, RecursionError):
        _refuse(text)


def record_of(text: str) -> dict[str, Any]:
    """The members in braces that a text writes. Raises BadInput."""
    value = value_of(text)
    if not isinstance(value, dict):
        raise BadInput(f'`{_short(text)}` is no record: write it as {{ owner: "ann" }}, or as JSON')
    return value


def _refuse(text: str) -> NoReturn:
    hint = ""
    if text.replace("-", "").replace("_", "").isalnum():
        hint = f': text stands in quotes, "{text}"'
    raise BadInput(f"`{_short(text)}` is no value, neither as a test writes it nor as JSON{hint}")


def _short(text: str, most: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}..."


def _datum(text: str) -> tree.Expression | None:
    """The value as the language writes one; None for what it does not write so."""
    document, findings = parse(Source("", f'test "" {{ token it {{ it: {text}\n}} }}'))
    match document.items:
        case (tree.PolicyTest(items=(tree.TokenFixture(claims=tree.RecordOf(pairs=((_, node),))),)),):
            return None if findings else node
        case _:
            return None


def _constant(node: tree.Expression) -> Any:  # noqa: ANN401  (as above)
    """The value of a constant. Raises ValueError for anything else, or a member that is there twice."""
    match node:
        case tree.Literal(value=value):
            return value
        case tree.ListOf(items=items):
            return [_constant(item) for item in items]
        case tree.RecordOf(pairs=pairs):
            return named_once([(name.text, _constant(item)) for name, item in pairs])
        case tree.Path(root=tree.Name(text="null"), steps=()):
            return None
        case _:
            raise ValueError


def is_open(text: str) -> bool:
    """Whether a bracket stands open at the end of a text, so that more of it is to come."""
    depth, quoted, escaped = 0, False, False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        else:
            depth += (character in _OPENING) - (character in _CLOSING)
    return depth > 0


# ---- and back


def node_of(value: object) -> tree.Expression:
    """A value as the language writes it; `null`, which it has not, as a name."""
    match value:
        case bool() | int() | str() | Decimal() | timedelta():
            return tree.Literal(value, NOWHERE)
        case float():
            return tree.Literal(Decimal(str(value)), NOWHERE)
        case list() | tuple():
            return tree.ListOf(tuple(node_of(each) for each in value), NOWHERE)
        case dict():
            return record_node(value)
        case _:
            return tree.Path(tree.Name("null", NOWHERE), (), NOWHERE)


def record_node(values: Mapping[str, Any]) -> tree.RecordOf:
    """Members in braces."""
    pairs = ((tree.Name(name, NOWHERE), node_of(value)) for name, value in values.items())
    return tree.RecordOf(tuple(pairs), NOWHERE)


def spelled(value: object) -> str:
    """A value as a test writes it."""
    return rendered(node_of(value))
