"""Rules -> notes on what is wrong with one, or among several."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from remit.checker.checked import (
    TRUE,
    Action,
    Block,
    Nothing,
)
from remit.compiler.ruletree import BlockTree, RuleNode
from remit.linter import findings, fixes
from remit.linter.logic import cannot_be, implies
from remit.linter.notes import Edit, Note
from remit.linter.scene import Scene
from remit.spans import Span
from remit.syntax import tree

_PAIRS = 5_000
"""How many pairs of rules of one block are held against each other."""

_CHANGING = frozenset(
    ["add", "append", "approve", "assign", "attach", "cancel", "change", "clear", "create", "delete"]
    + ["deploy", "destroy", "disable", "drop", "edit", "enable", "erase", "grant", "import", "insert"]
    + ["merge", "modify", "move", "patch", "pay", "post", "publish", "purge", "push", "put", "remove"]
    + ["rename", "replace", "reset", "restore", "revoke", "save", "send", "set", "share", "store"]
    + ["submit", "transfer", "update", "upload", "wipe", "write"]
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def look(scene: Scene) -> Iterator[Note]:
    """All notes on rules."""
    written = {rule.span: rule for rule in scene.all(tree.Rule)}
    for rule in written.values():
        if rule.effect == "forbid" and rule.because is None:
            yield Note(findings.forbid_without_reason(rule.span))
        grows = rule.actions is None and any(_grows(subject) for subject in rule.subjects or ())
        if rule.effect == "permit" and grows:
            yield Note(findings.growing_permit(rule.span))
        yield from _subjects(rule, scene)
    for block in scene.checked.blocks:
        yield from _public(block, scene.tree.blocks[block.name])
    yield from _among(scene, written)


# ---- one rule


def _grows(subject: tree.Subject) -> bool:
    """Whether nothing about the resource, nor what was granted, says who is meant."""
    match subject:
        case tree.Anyone() | tree.RoleSubject() | tree.ClientSubject():
            return True
        case tree.AllSubjects(subjects=subjects):
            return all(_grows(each) for each in subjects)
        case _:
            return False


def _subjects(rule: tree.Rule, scene: Scene) -> Iterator[Note]:
    """Subjects that add nobody to those beside them."""
    subjects = rule.subjects
    if subjects is None or len(subjects) == 1:
        return
    text = scene.text(rule.span)
    everybody = next((each for each in subjects if isinstance(each, tree.Anyone)), None)
    if everybody is not None:
        first, last = text.whole(subjects[0].span), text.whole(subjects[-1].span)
        other = next(each for each in subjects if each is not everybody)
        edit = Edit(text.span(first.start, last.end), "anyone")
        yield Note(findings.beside_anyone(other.span), fixes.kept(text, edit))
        return
    actions = _actions_of(rule, scene)
    made_only = rule.effect == "permit" and all(action.new for action in actions)
    for subject in subjects:
        if isinstance(subject, tree.Entitled) and all(map(_needs_nothing, actions)):
            yield Note(findings.nobody_entitled(subject.span))
        elif isinstance(subject, tree.NamedSubject) and made_only:
            yield Note(findings.nobody_related(subject.name.text, subject.span))


def _needs_nothing(action: Action) -> bool:
    return all(isinstance(each.need, Nothing) for each in action.needs)


def _actions_of(rule: tree.Rule, scene: Scene) -> list[Action]:
    """The actions that a rule is about, in all of its blocks."""
    return [
        action
        for block in scene.checked.blocks
        for each in block.rules
        if each.span == rule.span
        for action in block.actions.values()
        if each.actions is None or action.name in each.actions
    ]


def _public(block: Block, lowered: BlockTree) -> Iterator[Note]:
    """Permits by which everybody may change something."""
    guarded = [rule for rule in block.rules if rule.effect != "permit"]
    for rule in lowered.rules:
        if rule.reference.effect != "permit" or rule.condition != TRUE:
            continue
        for action in block.actions.values():
            if _covers(rule.actions, action) and not any(
                _covers(each.actions, action) for each in guarded
            ):
                open_ = any(isinstance(n.need, Nothing) and n.when == TRUE for n in action.needs)
                if open_ and (action.new or _changes(action.name)):
                    yield Note(findings.public_write(action.name, rule.reference.spans[0]))


def _changes(name: str) -> bool:
    first = _WORDS.search(name)
    return first is not None and first.group().lower() in _CHANGING


def _covers(actions: tuple[str, ...] | None, action: Action) -> bool:
    return actions is None or action.name in actions


# ---- rules among each other


class _Standing(NamedTuple):
    """A rule in one block: its normal form, and where it is written there first."""

    node: RuleNode
    actions: frozenset[str]
    span: Span


def _among(scene: Scene, written: dict[Span, tree.Rule]) -> Iterator[Note]:
    """Rules that others make superfluous: in each block in which they stand."""
    places: dict[Span, int] = {}
    for block in scene.checked.blocks:
        for span in {rule.span for rule in block.rules}:
            places[span] = places.get(span, 0) + 1
    notes: dict[Span, list[Note]] = {}
    for block in scene.checked.blocks:
        for span, note in _superfluous(scene, block, places, written):
            notes.setdefault(span, []).append(note)
    for span, found in notes.items():
        if len(found) == places[span]:
            yield min(found, key=lambda note: note.finding.code)


def _superfluous(
    scene: Scene, block: Block, places: dict[Span, int], written: dict[Span, tree.Rule]
) -> Iterator[tuple[Span, Note]]:
    lowered = scene.tree.blocks[block.name]
    standing: list[_Standing] = []
    for node in lowered.rules:
        # Of one that is written twice the one in most blocks stays, and of those the first.
        spans = sorted(node.reference.spans, key=lambda span: (-places[span], span.file, span.start))
        first, *others = spans
        actions = frozenset(lowered.actions if node.actions is None else node.actions)
        for span in others:
            yield span, _duplicate(scene, written, span, first)
        if first in scene.never_true:
            continue
        if cannot_be(node.condition):
            yield first, Note(findings.never_applies(node.reference.effect, first))
            continue
        standing.append(_Standing(node, actions, first))
    standing.sort(key=lambda each: (each.span.file, each.span.start))
    yield from _covered(scene, standing)


def _duplicate(scene: Scene, written: dict[Span, tree.Rule], span: Span, first: Span) -> Note:
    rule, other = written[span], written[first]
    same = rule.because == other.because
    edits = fixes.removal(scene.text(span), span) if same else ()
    return Note(findings.duplicate_rule(rule.effect, _place(scene, first), span), edits)


def _place(scene: Scene, span: Span) -> str:
    """`line 12`, for a place in another part of the policy."""
    return f"{span.file}:{scene.text(span).source.position(span.start).line}"


def _covered(scene: Scene, standing: Sequence[_Standing]) -> Iterator[tuple[Span, Note]]:
    left = _PAIRS
    gone: set[Span] = set()
    about: dict[str, list[tuple[int, _Standing]]] = {}
    for place, each in enumerate(standing):
        for action in each.actions:
            about.setdefault(action, []).append((place, each))
    for place, one in enumerate(standing):
        # Whoever is about all of its actions is about that which fewest are about.
        fewest: Sequence[tuple[int, _Standing]] = min(
            (about[each] for each in one.actions), key=len, default=()
        )
        for other_place, other in fewest:
            if place == other_place or other.span in gone or not one.actions <= other.actions:
                continue
            left -= 1
            if left < 0:
                return
            note = _against(scene, one, other)
            if note is None:
                continue
            again = _against(scene, other, one) if one.actions == other.actions else None
            if again is not None and place < other_place:
                continue  # of two that say the same the later one is reported
            gone.add(one.span)
            yield one.span, note
            break


def _against(scene: Scene, one: _Standing, other: _Standing) -> Note | None:
    """What is to be said of a rule beside another that is about no fewer actions."""
    first, second = one.node, other.node
    effects = (first.reference.effect, second.reference.effect)
    if effects == ("permit", "forbid"):
        if second.condition != TRUE and implies(first.condition, second.condition):
            return Note(findings.permit_always_forbidden(_place(scene, other.span), one.span))
        return None
    if effects[0] != effects[1] or first.challenge != second.challenge:
        return None
    reasons = (first.reference.because, second.reference.because)
    if reasons[0] not in (None, reasons[1]) or not set(first.obligations) <= set(second.obligations):
        return None
    if not implies(first.condition, second.condition):
        return None
    same = one.actions == other.actions and first.condition == second.condition
    if same and first.obligations == second.obligations:
        return Note(findings.duplicate_rule(effects[0], _place(scene, other.span), one.span))
    return Note(findings.shadowed_rule(effects[0], _place(scene, other.span), one.span))
