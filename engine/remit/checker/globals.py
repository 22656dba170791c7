"""`let` and `data` statements -> the values that their names stand for, everywhere in the set."""

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from remit.checker import findings
from remit.checker.checked import (
    USER,
    Enumeration,
    Given,
    ListOf,
    MapOf,
    RecordOf,
    Scalar,
    SetOf,
    Type,
    Value,
)
from remit.checker.files import MISSING, Beside, read_json
from remit.checker.members import RESERVED, given_set
from remit.checker.names import Names, Surroundings
from remit.checker.reads import parts_of
from remit.checker.scalars import ERROR, reader
from remit.checker.values import Values
from remit.syntax import tree

MAX_SIZE = 1_000


def check_globals(items: Iterable[tree.Let | tree.Data], around: Surroundings, beside: Beside) -> None:
    """Work out every `let` and `data`, whatever their order, into `around.globals`."""
    declared: dict[str, tree.Let | tree.Data] = {}
    for item in items:
        name = item.name
        if name.text in declared:
            first = declared[name.text].name.span
            around.found.append(findings.duplicate("name", name.text, name.span, first))
        if name.text in RESERVED:
            around.found.append(findings.reserved(name.text, name.span))
        declared.setdefault(name.text, item)
    _Globals(declared, around, beside).work_out()


class _Globals:
    """The names of one set, each worked out when it is first needed."""

    def __init__(
        self, declared: dict[str, tree.Let | tree.Data], around: Surroundings, beside: Beside
    ) -> None:
        self._declared = declared
        self._around = around
        self._beside = beside
        self._sizes: dict[int, int] = {}
        self._open: list[str] = []
        self._tried: set[str] = set()

    def work_out(self) -> None:
        for name in self._declared:
            self._name(name)

    def _name(self, name: str) -> None:
        item = self._declared[name]
        if name in self._open:
            self._around.found.append(findings.cycle("let", name, item.name.span))
            return
        if name in self._tried:
            return
        if len(self._open) >= findings.MAX_DEPTH:
            self._around.found.append(findings.too_deep(item.span))
            return
        self._open.append(name)
        self._tried.add(name)
        value = self._data(item) if isinstance(item, tree.Data) else self._let(item)
        self._open.pop()
        if value is not None:
            self._around.globals[name] = value

    def _let(self, item: tree.Let) -> Value | None:
        names = [name for name in _names_in(item.value) if name in self._declared]
        for name in names:
            self._name(name)
        if any(name not in self._around.globals for name in names):
            return None  # what that one lacks has been reported
        wanted = None if item.type is None else self._around.types.of(item.type)
        if item.type is not None and wanted is None:
            return None
        value = Values(Names(self._around)).value(item.value, wanted)
        if value is not None and self._size(value) > MAX_SIZE:
            self._around.found.append(findings.big_value(MAX_SIZE, item.span))
            return None
        return value

    def _size(self, value: Value) -> int:
        """How many parts a value has when written out; a shared part is counted each time."""
        if id(value) not in self._sizes:
            size = 1 + sum(self._size(part) for part in parts_of(value))
            self._sizes[id(value)] = size
        return self._sizes[id(value)]

    def _data(self, item: tree.Data) -> Value | None:
        wanted = self._around.types.of(item.type)
        content = read_json(item.file, self._beside, self._around.found)
        if wanted is None or content is MISSING:
            return None
        if _speaks_of_users(wanted) and not self._around.types.one_issuer:
            self._around.found.append(findings.user_of_whom(item.type.span))
            return None
        problem = _misfit(content, wanted, "the value")
        if problem is not None:
            self._around.found.append(findings.bad_file(str(item.file.value), problem, item.file.span))
            return None
        if isinstance(wanted, Scalar | Enumeration):
            value = reader(wanted)(content)
            return Given(value, wanted, repr(value))
        if isinstance(wanted, SetOf):
            return given_set((reader(wanted.element)(each) for each in content), wanted)
        return Given(content, wanted, repr(_in_order(content)))


def _names_in(node: tree.Expression) -> Iterator[str]:
    """The bare names that an expression may read."""
    match node:
        case tree.Path(root=root, steps=steps):
            yield root.text
            for step in steps:
                if isinstance(step, tree.Index):
                    yield from _names_in(step.key)
        case tree.Coalesce(value=first, fallback=second):
            yield from _names_in(first)
            yield from _names_in(second)
        case tree.Arithmetic(left=first, right=second):
            yield from _names_in(first)
            yield from _names_in(second)
        case tree.Call(arguments=parts) | tree.ListOf(items=parts):
            for part in parts:
                yield from _names_in(part)
        case _:
            pass


def _speaks_of_users(type_: Type) -> bool:
    match type_:
        case SetOf(element=inner) | ListOf(element=inner):
            return _speaks_of_users(inner)
        case MapOf(key=key, value=inner):
            return key == USER or _speaks_of_users(inner)
        case RecordOf(members=members):
            return any(_speaks_of_users(member.type) for member in members)
        case _:
            return type_ == USER


def _misfit(content: Any, wanted: Type, where: str) -> str | None:  # noqa: ANN401  (JSON is of any type)
    """Where JSON is not of a type, in words; None where it is."""
    match wanted:
        case Scalar() | Enumeration():
            return f"{where} is no {wanted}" if reader(wanted)(content) is ERROR else None
        case SetOf(element=inner) | ListOf(element=inner):
            if type(content) is not list:
                return f"{where} is not a list"
            parts = [(each, inner, f"{where}[{n}]") for n, each in enumerate(content)]
        case MapOf(key=key, value=inner):
            if type(content) is not dict:
                return f"{where} is not an object"
            parts = [(each, inner, f"{where}.{name}") for name, each in content.items()]
            parts += [(name, key, f"the key {name!r} of {where}") for name in content]
        case RecordOf():
            if type(content) is not dict:
                return f"{where} is not an object"
            return _record_misfit(content, wanted, where)
        case _:
            assert_never(wanted)
    problems = (_misfit(*part) for part in parts)
    return next((problem for problem in problems if problem is not None), None)


def _record_misfit(content: dict[str, Any], wanted: RecordOf, where: str) -> str | None:
    for name in content:
        if wanted.member(name) is None:
            return f"{where} has a member {name!r}, which its type has not"
    for member in wanted.members:
        value = content.get(member.name)
        if value is None and not member.optional:
            return f"{where} lacks {member.name!r}"
        problem = None if value is None else _misfit(value, member.type, f"{where}.{member.name}")
        if problem is not None:
            return problem
    return None


def _in_order(content: Any) -> Any:  # noqa: ANN401  (as above)
    """JSON with the members of its objects sorted."""
    if type(content) is dict:
        return {name: _in_order(value) for name, value in sorted(content.items())}
    return [_in_order(each) for each in content] if type(content) is list else content
