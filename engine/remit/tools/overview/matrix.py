"""A policy -> what the holder of each role may do: tables for a terminal, for Markdown, for JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from remit.compiler.program import Program, compile_program
from remit.compiler.residual import residual
from remit.compiler.values import Readers
from remit.decider.engine import Engine
from remit.diagnostics import printable
from remit.tools.overview.answering import Answer, Cell, answer
from remit.tools.overview.callers import Asking, callers, settled

_GAP, _CELL, _NEEDS = 3, 12, 20
"""Columns between those of a table, of one answer, and of what an action needs, at least."""
_SIGNS = {Answer.ALWAYS: "●", Answer.DEPENDS: "◐", Answer.NEVER: "·"}


@dataclass(frozen=True, slots=True)
class Row:
    """An action, the sets of scopes that are enough for it, and what each caller may."""

    action: str
    needs: tuple[tuple[str, ...], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of one resource type, or (named None) of the API itself."""

    resource: str | None
    callers: tuple[Asking, ...]
    rows: tuple[Row, ...]

    def notes(self) -> list[Cell]:
        """What cells depend on, each once, in the order in which they come."""
        cells = (cell for row in self.rows for cell in row.cells)
        return list(dict.fromkeys(cell for cell in cells if cell.answer is Answer.DEPENDS))


def matrices(engine: Engine) -> Iterator[Matrix]:
    """A matrix for each block that has actions, the API's own first."""
    program = compile_program(engine.rules(), Readers(one_issuer=len(engine.issuers) == 1))
    asking = tuple(callers(program, engine.issuers))
    for name, actions in sorted(program.tree.actions.items(), key=lambda each: each[0] or ""):
        if actions:
            rows = (_row(engine, program, asking, name, action) for action in actions)
            yield Matrix(name, asking, tuple(rows))


def _row(
    engine: Engine, program: Program, asking: Sequence[Asking], block: str | None, action: str
) -> Row:
    head = program.heads[block, action]
    left = residual(head)
    cells = tuple(answer(settled(left, head, program, each)) for each in asking)
    return Row(action, engine.needs(action, block), cells)


def _title(matrix: Matrix) -> str:
    return "the API" if matrix.resource is None else matrix.resource


def _needs(row: Row) -> str:
    return " or ".join(" and ".join(each) or "nothing" for each in row.needs)


def show(path: Path, found: Sequence[Matrix]) -> None:
    """Print the tables of the policy at `path`, each with what its cells depend on."""
    console = Console(highlight=False)
    styles = {Answer.ALWAYS: "green", Answer.DEPENDS: "yellow", Answer.NEVER: "dim"}
    for matrix in found:
        notes = matrix.notes()
        for some in _fitting(matrix, console.width):
            table = Table(title=Text(f"{printable(_title(matrix))} ({path})"), box=SIMPLE_HEAD)
            for title in ("action", *(matrix.callers[place].title for place in some), "needs"):
                table.add_column(Text(printable(title)), overflow="fold")
            for row in matrix.rows:
                cells = (row.cells[place] for place in some)
                told = (Text(_said(cell, notes), styles[cell.answer]) for cell in cells)
                table.add_row(Text(printable(row.action)), *told, Text(printable(_needs(row))))
            with console.capture() as drawn:
                console.print(table)
            print("\n".join(line.rstrip() for line in drawn.get().splitlines()))
        for number, note in enumerate(notes, 1):
            print(f"  {number}  {printable(_on(note))}")
        print()


def _fitting(matrix: Matrix, width: int) -> Iterator[list[int]]:
    """The places of the callers, in tables that are as wide as that at most, one in a table at least."""
    beside = max(len(row.action) for row in matrix.rows) + _NEEDS + 2 * _GAP
    some: list[int] = []
    taken = 0
    for place, caller in enumerate(matrix.callers):
        wide = max(len(caller.title), _CELL) + _GAP
        if some and beside + taken + wide > width:
            yield some
            some, taken = [], 0
        some.append(place)
        taken += wide
    yield some


def _said(cell: Cell, notes: Sequence[Cell]) -> str:
    number = f" {notes.index(cell) + 1}" if cell.answer is Answer.DEPENDS else ""
    return f"{_SIGNS[cell.answer]} {cell.answer}{number}"


def _on(note: Cell) -> str:
    """What a cell depends on, in words."""
    what = ", ".join(note.on)
    return f"permitted, unless a forbid or a require says no: {what}" if note.permitted else what


def markdown(matrix: Matrix) -> Iterator[str]:
    """A table as GitHub's Markdown has it."""
    notes = matrix.notes()
    yield f"### {_escaped(_title(matrix))}\n"
    titles = ["action", *(each.title for each in matrix.callers), "needs"]
    yield f"| {' | '.join(map(_escaped, titles))} |"
    yield f"|{'---|' * len(titles)}"
    for row in matrix.rows:
        cells = [_said(cell, notes) for cell in row.cells]
        yield f"| {' | '.join(map(_escaped, [row.action, *cells, _needs(row)]))} |"
    if notes:
        yield ""
    for number, note in enumerate(notes, 1):
        yield f"{number}. {_escaped(_on(note))}"


def _escaped(text: str) -> str:
    """Text that Markdown takes as it stands."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>|#!&" else sign for sign in printable(text))


def record(matrix: Matrix) -> Mapping[str, Any]:
    """The same as plain data."""
    return {
        "resource": matrix.resource,
        "callers": [{"kind": each.kind, "name": each.name} for each in matrix.callers],
        "actions": [
            {
                "action": row.action,
                "needs": [list(each) for each in row.needs],
                "cells": [
                    {"answer": cell.answer, "permitted": cell.permitted, "on": list(cell.on)}
                    for cell in row.cells
                ],
            }
            for row in matrix.rows
        ],
    }
