"""Many rules of one form -> one condition that goes straight to those that can apply.

Where rules of one effect differ in constants only, and each asks that the same value equal one of them
(`tenant == "t17"`), or be among them, or for a role, that value picks the few rows to look at. A row
whose constant is another cannot be true, nor an error: an `and` with a false part is false. Where the
value is an error, no row is true, and all may be errors.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from remit.checker.checked import (
    TRUE,
    AllOf,
    AnyOf,
    Caller,
    Condition,
    Contains,
    Enumeration,
    Equal,
    Given,
    InRole,
    Matches,
    Part,
    Read,
    Scalar,
    Type,
    Value,
)
from remit.checker.reads import rebuilt
from remit.checker.scalars import ABSENT, ERROR, Sentinel
from remit.compiler.program import Program

FEW: Final = 16
"""So many rules of one form are tried one by one."""

BROUGHT: Final = Sentinel("brought")
"""The value of a constant that a row brings while a function runs; it has its name already."""

Constants = tuple[object, ...]
Bits = tuple[int, int]
NO_BITS: Final[Bits] = (0, 0)
Row = tuple[object, ...]
"""The constants of a rule, and its bits after them: as one object, which one look finds."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The condition of a rule, and the bits that say that it is true, or an error."""

    condition: Condition
    bits: Bits


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The constants and the bits of each rule, by the constants that pick it.

    `others`: only the constants, without the one that picks, equal ones once: few objects, if many rules
    are alike but for that one, and these stay where the processor is quick to find them.
    """

    all: tuple[Row, ...]
    by_constant: dict[object, tuple[Row, ...]]
    others: dict[object, tuple[Constants, ...]]

    def sure(self, value: object) -> tuple[Row, ...]:
        """The rows that can be true for a value."""
        return self.by_constant.get(value, ())

    def possible(self, value: object) -> tuple[Row, ...]:
        """The rows that can be true, or an error; for a mark of an error, all."""
        if value is ERROR or value is ABSENT:
            return self.all
        return self.by_constant.get(value, ())

    def with_roles(self, mask: int) -> Iterator[Row]:
        """The rows for the roles in a mask."""
        while mask:
            bit = mask & -mask
            yield from self.by_constant.get(bit, ())
            mask ^= bit


@dataclass(frozen=True, slots=True)
class BroughtRole(InRole):
    """A test for a role whose bit a row brings, under the name that stands for the role's."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of the caller, as what picks rows."""


@dataclass(frozen=True, slots=True)
class _Selector:
    """What picks rows, in which part of a form, and whether by any of several constants."""

    value: Value | Roles
    part: Condition
    several: bool = False

    def keys(self, constant: Any) -> Iterable[object]:  # noqa: ANN401  (a constant of any type)
        """What a row is found under."""
        return constant if self.several else (constant,)


@dataclass(frozen=True, slots=True)
class Selected(AnyOf):
    """Any of many rules; the one operand is their form, its constants named `g0`, `g1` and so on.

    The constant at `place` picks the rows, and `rest` is what the form says beside. `table` is the name
    of the parameter that brings the rows, in a shape.
    """

    selector: Value | Roles
    place: int
    rest: Condition
    width: int
    rows: Rows = field(compare=False, repr=False)
    table: str = ""


def folded(
    conditions: Sequence[Condition], bits: Sequence[Bits], program: Program
) -> tuple[Ruling, ...]:
    """Rules of one effect, those of one form together, where they are more than a few."""
    rulings = tuple(map(Ruling, conditions, bits))
    if len(rulings) <= FEW:
        return rulings
    forms: dict[Condition, list[tuple[Ruling, Constants]]] = {}
    for ruling in rulings:
        form, constants = _form(ruling.condition, program)
        forms.setdefault(form, []).append((ruling, constants))
    kept: list[Ruling] = []
    for form, rules in forms.items():
        selectors = _selectors(form, program) if len(rules) > FEW else {}
        if selectors:
            kept.append(Ruling(_selected(form, selectors, rules), NO_BITS))
        else:
            kept += [ruling for ruling, _ in rules]
    return tuple(kept)


def _selected(
    form: Condition, selectors: Mapping[int, _Selector], rules: Sequence[tuple[Ruling, Constants]]
) -> Selected:
    """The rules of one form, by what leaves the fewest of them."""
    tables = [(place, _table(place, selector, rules)) for place, selector in selectors.items()]
    place, table = min(tables, key=lambda made: sum(map(len, made[1].values())) / len(made[1]))
    rows = Rows(
        tuple((*constants, *ruling.bits) for ruling, constants in rules),
        {key: tuple(each) for key, each in table.items()},
        _others(place, table),
    )
    [width] = {len(constants) for _, constants in rules}
    selector = selectors[place]
    return Selected((form,), selector.value, place, _without(selector.part, form), width, rows)


def _without(part: Condition, form: Condition) -> Condition:
    """What is left of a form of which one part is true."""
    left = [each for each in form.operands if each is not part] if isinstance(form, AllOf) else []
    return left[0] if len(left) == 1 else AllOf(tuple(left)) if left else TRUE


def _others(place: int, table: Mapping[object, Iterable[Row]]) -> dict[object, tuple[Constants, ...]]:
    """The constants beside the one at a place; those that are the same, as one object."""
    known: dict[object, tuple[Constants, ...]] = {}
    others: dict[object, tuple[Constants, ...]] = {}
    for key, rows in table.items():
        beside = tuple((*row[:place], *row[place + 1 : -len(NO_BITS)]) for row in rows)
        try:
            others[key] = known.setdefault(beside, beside)
        except TypeError:  # one has no hash
            others[key] = beside
    return others


def _table(
    place: int, selector: _Selector, rules: Sequence[tuple[Ruling, Constants]]
) -> dict[object, list[Row]]:
    """The rows by the constants at one place."""
    table: dict[object, list[Row]] = {}
    for ruling, constants in rules:
        for key in selector.keys(constants[place]):
            table.setdefault(key, []).append((*constants, *ruling.bits))
    return table or {None: []}


def _form(condition: Condition, program: Program) -> tuple[Condition, Constants]:
    """The condition without its constants, and these; the parts of an `and` in an order of their own."""
    parts = condition.operands if isinstance(condition, AllOf) else (condition,)
    ordered = sorted(parts, key=lambda part: repr(_lifted(part, [], program)))
    constants: list[object] = []
    lifted = tuple(_lifted(part, constants, program) for part in ordered)
    first, *more = lifted
    return AllOf(lifted) if more else first, tuple(constants)


def _lifted(node: Any, constants: list[object], program: Program) -> Any:  # noqa: ANN401  (any node)
    match node:
        case tuple():
            return tuple(_lifted(each, constants, program) for each in node)
        case Given(type=type_):
            constants.append(program.readers.constant(node))
            return Given(BROUGHT, type_, f"g{len(constants) - 1}")
        case InRole(role=role):
            constants.append(program.bits.role[role])
            return BroughtRole(f"g{len(constants) - 1}")
        case Part(of=of, member=member):
            return Part(_lifted(of, constants, program), member)
        case Matches(value=value, pattern=pattern):
            return Matches(_lifted(value, constants, program), pattern)
        case _:
            return rebuilt(node, lambda part: _lifted(part, constants, program))


def _selectors(form: Condition, program: Program) -> dict[int, _Selector]:
    """What can pick rows of a form, each by the place of the constants that it picks by."""
    found: dict[int, _Selector] = {}
    for part in form.operands if isinstance(form, AllOf) else (form,):
        match part:
            case BroughtRole(role=name):
                found[int(name[1:])] = _Selector(Roles(), part)
            case (
                Equal(left=Given(written=name), right=Read() | Caller() as value)
                | Equal(left=Read() | Caller() as value, right=Given(written=name))
            ) if _is_plain(value.type, program):
                found[int(name[1:])] = _Selector(value, part)
            case Contains(collection=Given(written=name), item=Read() | Caller() as value) if _is_plain(
                value.type, program
            ):
                found[int(name[1:])] = _Selector(value, part, several=True)
            case _:
                pass
    return found


def _is_plain(type_: Type, program: Program) -> bool:
    """Whether equal values of a type are equal in Python, and have one hash."""
    return isinstance(type_, Scalar | Enumeration) and program.readers.plain(type_) is not None
