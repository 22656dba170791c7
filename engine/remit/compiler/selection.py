"""Many rules of one form -> one condition that goes straight to those that can apply.

Where rules of one effect differ in constants only, and each asks that the same value equal one of them
(`tenant == "t17"`), that value picks the few rows to look at. A row whose constant is another cannot be
true, nor an error: an `and` with a false part is false. Where the value is an error, all rows are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Caller,
    Condition,
    Enumeration,
    Equal,
    Given,
    Matches,
    Part,
    Read,
    Scalar,
    Value,
)
from remit.checker.reads import rebuilt
from remit.checker.scalars import Sentinel
from remit.compiler.program import Program

FEW: Final = 16
"""So many rules of one form are tried one by one."""

BROUGHT: Final = Sentinel("brought")
"""The value of a constant that a row brings while a function runs; it has its name already."""

Constants = tuple[object, ...]
Bits = tuple[int, int]
Row = tuple[Constants, Bits]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The condition of a rule, and the bits that say that it is true, or an error."""

    condition: Condition
    bits: Bits


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The constants and the bits of each rule, by the constant that the value must equal."""

    all: tuple[Row, ...]
    by_value: dict[object, tuple[Row, ...]]

    def of(self, value: object) -> tuple[Row, ...]:
        """The rows that are not false for a value; for a mark of an error, all."""
        return self.all if type(value) is Sentinel else self.by_value.get(value, ())


@dataclass(frozen=True, slots=True)
class Selected(AnyOf):
    """Any of many rules; the one operand is their form, its constants named `g0`, `g1` and so on.

    `table` is the name of the parameter that brings the rows, in a shape.
    """

    selector: Value
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
            kept.append(Ruling(_selected(form, selectors, rules), (0, 0)))
        else:
            kept += [ruling for ruling, _ in rules]
    return tuple(kept)


def _selected(
    form: Condition, selectors: Mapping[int, Value], rules: Sequence[tuple[Ruling, Constants]]
) -> Selected:
    """The rules of one form, by the value whose constant differs most among them."""
    place = max(selectors, key=lambda place: len({constants[place] for _, constants in rules}))
    by_value: dict[object, list[Row]] = {}
    for ruling, constants in rules:
        by_value.setdefault(constants[place], []).append((constants, ruling.bits))
    table = {value: tuple(rows) for value, rows in by_value.items()}
    rows = Rows(tuple(row for each in table.values() for row in each), table)
    [width] = {len(constants) for _, constants in rules}
    return Selected((form,), selectors[place], width, rows)


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
        case Part(of=of, member=member):
            return Part(_lifted(of, constants, program), member)
        case Matches(value=value, pattern=pattern):
            return Matches(_lifted(value, constants, program), pattern)
        case _:
            return rebuilt(node, lambda part: _lifted(part, constants, program))


def _selectors(form: Condition, program: Program) -> dict[int, Value]:
    """The values that a part of the form asks to equal a constant, each by the place of that."""
    found: dict[int, Value] = {}
    for part in form.operands if isinstance(form, AllOf) else (form,):
        match part:
            case (
                Equal(left=Given(written=name), right=Read() | Caller() as value)
                | Equal(left=Read() | Caller() as value, right=Given(written=name))
            ):
                type_ = value.type
                if isinstance(type_, Scalar | Enumeration) and program.readers.plain(type_) is not None:
                    found[int(name[1:])] = value
            case _:
                pass
    return found
