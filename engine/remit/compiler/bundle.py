"""RuleTree -> bytes, and back: what a service loads that should read no policy text.

A bundle is a line that says what it is, with a checksum, and JSON. Each block stands in it as a text of
its own, which is read when the block is first asked for; so a service pays for what it uses. A checksum
tells a damaged file, and nobody's word that a whole one is good: whoever can write the bundle writes the
policy. What is read is held to what rules can be all the same, so that no bundle is a way to run code.

Nodes are rows, `[kind, field, ...]`; a field that is a node is the number of an earlier row. So there
are no cycles, nothing is read by recursion, and what was one object is one again.

Writing and reading are one module, for each form of a field says both, and neither may change alone.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import orjson

from remit import spans
from remit.checker import checked
from remit.checker.checked import (
    CheckedApi,
    Enumeration,
    Given,
    Kind,
    Member,
    Root,
    Scalar,
    SetOf,
    Type,
)
from remit.checker.scalars import ERROR, in_range, short_decimal
from remit.compiler import ruletree
from remit.compiler.ruletree import BlockTree, RuleTree
from remit.errors import BundleError

MAGIC: Final = b"remit bundle 1 "
MAX_DEPTH: Final = 1000
"""Nodes within nodes."""


@dataclass(frozen=True, slots=True)
class Common:
    """What a set says outside of its blocks, and the actions of each."""

    api: CheckedApi
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    said: str
    reads_actor: bool
    reads_clocks: bool
    actions: Mapping[str, tuple[str, ...]]


def pack(tree: RuleTree) -> bytes:
    """The bundle of a set. Raises BundleError for a string that no JSON can hold."""
    actions = {_key(name): names for name, names in tree.actions.items()}
    common = Common(
        tree.api,
        tree.claims,
        tree.context,
        tree.said,
        tree.reads_actor,
        tree.reads_clocks,
        actions,
    )
    try:
        blocks = {_key(name): _rows(block) for name, block in tree.blocks.items()}
        body = orjson.dumps({"common": _rows(common), "blocks": blocks})
    except TypeError as error:
        raise BundleError(f"no bundle can hold this policy: {error}") from None
    return b"%s%08x\n%s" % (MAGIC, zlib.crc32(body), body)


def unpack(content: bytes) -> RuleTree:
    """The set in a bundle, its blocks to be read when they are asked for. Raises BundleError."""
    head, _, body = content.partition(b"\n")
    if not head.startswith(MAGIC):
        raise BundleError("this is no bundle, or one of another version of remit: compile it again")
    if head.removeprefix(MAGIC) != b"%08x" % zlib.crc32(body):
        raise BundleError("the bundle is damaged: its checksum is another")
    parts = _parsed(body)
    if type(parts) is not dict or parts.keys() != {"common", "blocks"}:
        raise BundleError("the bundle lacks its parts")
    common = _read(parts["common"], Common)
    blocks = parts["blocks"]
    if type(blocks) is not dict or blocks.keys() != common.actions.keys():
        raise BundleError("the bundle's blocks are not those that it names")
    if not _is_consistent(common):
        raise BundleError("the bundle speaks of scopes or claims that it does not declare")
    return RuleTree(
        common.api,
        common.claims,
        common.context,
        _Blocks({_name(key): (text, common.actions[key]) for key, text in blocks.items()}),
        {_name(key): names for key, names in common.actions.items()},
        common.said,
        reads_actor=common.reads_actor,
        reads_clocks=common.reads_clocks,
    )


def _is_consistent(common: Common) -> bool:
    """Whether all that it refers to by name is there."""
    api = common.api
    ceilings = [client.grants for client in api.clients.values() if client.grants is not None]
    sets = [*api.scopes.values(), *api.roles.values(), *ceilings]
    return (
        all(named <= api.scopes.keys() for named in sets)
        and all(claim.root is Root.TOKEN and claim.source for claim in common.claims.values())
        and all(issuer.claims.keys() <= common.claims.keys() for issuer in api.issuers.values())
        and all(path for issuer in api.issuers.values() for path in issuer.sources.values())
    )


def _key(name: str | None) -> str:
    """A block's name in JSON; that of the API's own is no name."""
    return "" if name is None else name


def _name(key: str) -> str | None:
    return key or None


class _Blocks(Mapping[str | None, BlockTree]):
    """The blocks of a bundle, each read when it is first asked for."""

    def __init__(self, texts: Mapping[str | None, tuple[object, tuple[str, ...]]]) -> None:
        self._texts = texts
        self._read: dict[str | None, BlockTree] = {}

    def __getitem__(self, name: str | None) -> BlockTree:
        block = self._read.get(name)
        if block is None:
            text, actions = self._texts[name]
            block = _read(text, BlockTree)
            if (block.name, tuple(block.actions)) != (name, actions):
                raise BundleError("a block of the bundle is another than it is said to be")
            block = self._read.setdefault(name, block)
        return block

    def __iter__(self) -> Iterator[str | None]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


# ---- nodes and rows


def _rows(root: object) -> str:
    """The rows of a node and of all in it."""
    writer = _Writer()
    writer.number(root)
    return orjson.dumps(writer.rows).decode()


class _Writer:
    """Numbers nodes, parts before wholes; equal ones are one."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []
        self._numbers: dict[str, int] = {}
        self._met: dict[int, int] = {}

    def number(self, node: object) -> int:
        known = self._met.get(id(node))
        if known is None:
            put = (form.put(self, getattr(node, name)) for name, form in _forms(type(node)))
            row = (type(node).__name__, *put)
            known = self._numbers.setdefault(repr(row), len(self.rows))
            if known == len(self.rows):
                self.rows.append(row)
            self._met[id(node)] = known
        return known


def _read(text: object, wanted: type[Any]) -> Any:  # noqa: ANN401  (what was wanted)
    """The node in the last of some rows. Raises BundleError."""
    reader = _Reader()
    rows = _parsed(text.encode()) if type(text) is str else None
    if type(rows) is not list or not rows:
        raise BundleError("a part of the bundle has no rows")
    for row in rows:
        reader.add(row)
    return reader.node(len(rows) - 1, (wanted,))


class _Reader:
    """Makes nodes of rows."""

    def __init__(self) -> None:
        self._nodes: list[object] = []
        self._depths: list[int] = []
        self._depth = 0

    def add(self, row: object) -> None:
        if type(row) is not list or not row or type(row[0]) is not str:
            raise BundleError("a row of the bundle is none")
        kind, *values = row
        node = _NODES.get(kind)
        forms = None if node is None else _forms(node)
        if node is None or forms is None or len(forms) != len(values):
            raise BundleError(f"the bundle has a row of an unknown kind, {kind[:_SHOWN]!r}")
        self._depth = 0
        taken = [form.take(self, value) for (_, form), value in zip(forms, values, strict=True)]
        if self._depth >= MAX_DEPTH:
            raise BundleError(f"the bundle nests more than {MAX_DEPTH} deep")
        self._nodes.append(_given(*taken) if node is Given else node(*taken))
        self._depths.append(self._depth + 1)

    def node(self, number: object, kinds: tuple[type, ...]) -> object:
        """The node of an earlier row, which is one of these kinds."""
        if type(number) is not int or not 0 <= number < len(self._nodes):
            raise BundleError("a row of the bundle names one that is not before it")
        node = self._nodes[number]
        if type(node) not in kinds:
            raise BundleError(f"the bundle has a {type(node).__name__} in the wrong place")
        self._depth = max(self._depth, self._depths[number])
        return node


def _parsed(content: bytes) -> object:
    try:
        parsed: object = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BundleError(f"the bundle is no JSON: {error}") from None
    return parsed


# ---- forms: how a field stands in a row


@dataclass(frozen=True, slots=True)
class _Form:
    """How the values of a field are written, and read again with their type looked at."""

    put: Callable[[_Writer, Any], object]
    take: Callable[[_Reader, Any], Any]


def _plain(type_: type) -> _Form:
    return _Form(lambda _, value: value, lambda _, value: _exactly(type_, value))


def _exactly(type_: type, value: object) -> object:
    if type(value) is not type_:
        raise BundleError(f"the bundle has a {type(value).__name__} where a {type_.__name__} belongs")
    return value


def _word(words: Mapping[str, object]) -> _Form:
    """One of several words."""

    def take(_: _Reader, value: object) -> object:
        if type(value) is not str or value not in words:
            raise BundleError("the bundle has a word that is not one of those it may be")
        return words[value]

    return _Form(lambda _, value: str(value), take)


def _node(kinds: tuple[type, ...]) -> _Form:
    return _Form(_Writer.number, lambda reader, value: reader.node(value, kinds))


def _maybe(form: _Form) -> _Form:
    """The same, or nothing. A node's number is never nothing."""
    return _Form(
        lambda writer, value: None if value is None else form.put(writer, value),
        lambda reader, value: None if value is None else form.take(reader, value),
    )


def _several(forms: tuple[_Form, ...], make: Callable[[Any], Any], *, repeated: bool) -> _Form:
    """A tuple of this form, or of just these."""

    def put(writer: _Writer, values: Any) -> object:  # noqa: ANN401  (a tuple, or a frozenset)
        used = forms * len(values) if repeated else forms
        ordered = sorted(values) if make is frozenset else values
        return [form.put(writer, value) for form, value in zip(used, ordered, strict=True)]

    def take(reader: _Reader, values: Any) -> object:  # noqa: ANN401  (as it stands in the row)
        _exactly(list, values)
        if not repeated and len(values) != len(forms):
            raise BundleError("the bundle has a row of another length")
        used = forms * len(values) if repeated else forms
        return make(form.take(reader, value) for form, value in zip(used, values, strict=True))

    return _Form(put, take)


def _table(form: _Form) -> _Form:
    """A mapping from names, in its order."""

    def take(reader: _Reader, values: Any) -> object:  # noqa: ANN401  (as it stands in the row)
        _exactly(dict, values)
        return {name: form.take(reader, value) for name, value in values.items()}

    return _Form(
        lambda writer, values: {name: form.put(writer, value) for name, value in values.items()}, take
    )


_known_forms: dict[type[Any], tuple[tuple[str, _Form], ...]] = {}


def _forms(node: type[Any]) -> tuple[tuple[str, _Form], ...]:
    """The fields of a kind of node, from what its class says of them."""
    known = _known_forms.get(node)
    if known is None:
        known = _known_forms[node] = tuple(_read_forms(node))
    return known


def _read_forms(node: type[Any]) -> Iterator[tuple[str, _Form]]:
    hints = get_type_hints(node)
    if node is Given:  # whose value may be of any type
        yield from (("type", _form(hints["type"])), ("written", _form(str)), ("value", _CONSTANT))
    else:
        yield from ((field.name, _form(hints[field.name])) for field in fields(node))


def _form(hint: Any) -> _Form:  # noqa: ANN401  (what stands behind a field's name)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        kinds = tuple(part for part in parts if part is not NoneType)
        form = _form(kinds[0]) if len(kinds) == 1 else _node(kinds)
        return form if len(kinds) == len(parts) else _maybe(form)
    if origin is Literal:
        return _word({word: word for word in parts})
    if origin is tuple:
        repeated = parts[-1] is ...
        forms = tuple(_form(part) for part in parts if part is not ...)
        return _several(forms, tuple, repeated=repeated)
    if origin is frozenset:
        return _several((_form(parts[0]),), frozenset, repeated=True)
    if origin is not None:
        return _table(_form(parts[1]))
    if hint in (str, int, bool):
        return _plain(hint)
    if issubclass(hint, StrEnum):
        return _word({word.value: word for word in hint})
    return _node((hint,))


# ---- constants


def _given(type_: Type, written: str, value: object) -> Given:
    if not _fits(value, type_):
        raise BundleError(f"the bundle has a constant that is no {type_}")
    return Given(value, type_, written)


def _fits(value: object, type_: Type) -> bool:
    """Whether a constant is as rules take one of the type on trust; the others are read like input."""
    match type_:
        case Scalar(kind=kind):
            return _OF_KIND.get(kind, _is_text)(value)
        case Enumeration(values=values):
            return type(value) is str and value in values
        case SetOf(element=element):
            return type(value) is frozenset and all(_fits(each, element) for each in value)
        case _:
            return type(value) is list or type(value) is dict


def _is_text(value: object) -> bool:
    return type(value) is str


_OF_KIND: Final[Mapping[Kind, Callable[[object], bool]]] = {
    Kind.BOOL: lambda value: type(value) is bool,
    **dict.fromkeys((Kind.INT, Kind.DATETIME, Kind.DURATION), lambda v: in_range(v) is not ERROR),
    Kind.DECIMAL: lambda value: short_decimal(value) is not ERROR,
    Kind.IP: lambda value: type(value) in (IPv4Address, IPv6Address),
    Kind.CIDR: lambda value: type(value) in (IPv4Network, IPv6Network),
}


def _put_constant(writer: _Writer, value: object) -> object:
    """Text and truth as they are, all else with the name of what it is."""
    match value:
        case None | bool() | str():
            return value
        case int() | Decimal():
            return [type(value).__name__, str(value)]
        case IPv4Address() | IPv6Address():
            return ["ip", str(value)]
        case IPv4Network() | IPv6Network():
            return ["cidr", str(value)]
        case frozenset():
            return ["set", [_put_constant(writer, each) for each in sorted(value, key=repr)]]
        case list():
            return ["list", [_put_constant(writer, each) for each in value]]
        case dict():
            return ["map", {name: _put_constant(writer, each) for name, each in value.items()}]
        case _:
            raise BundleError(f"no bundle can hold a constant that is a {type(value).__name__}")


def _take_constant(reader: _Reader, value: object) -> object:
    try:
        match value:
            case None | bool() | str():
                return value
            case ["set", list(values)]:
                return frozenset(_take_constant(reader, each) for each in values)
            case ["list", list(values)]:
                return [_take_constant(reader, each) for each in values]
            case ["map", dict(values)]:
                return {name: _take_constant(reader, each) for name, each in values.items()}
            case [str(name), str(text)]:
                return _MADE_OF_TEXT[name](text)
            case _:
                pass
    except (ArithmeticError, LookupError, TypeError, ValueError):
        pass
    raise BundleError("the bundle has a constant that is none")


_MADE_OF_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    "int": int,
    "Decimal": Decimal,
    "ip": ip_address,
    "cidr": ip_network,
}
_CONSTANT = _Form(_put_constant, _take_constant)
_SHOWN = 40
_NODES: Final[Mapping[str, type[Any]]] = {
    node.__name__: node
    for module in (checked, ruletree, spans)
    for node in vars(module).values()
    if isinstance(node, type) and is_dataclass(node) and node.__module__ == module.__name__
} | {Common.__name__: Common}
"""All kinds of nodes; a field has only those that its class says."""
