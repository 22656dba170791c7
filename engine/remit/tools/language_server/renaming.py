"""A name and a new one for it -> the edits that rename it everywhere, or why that is refused.

What is renamed is made sure of twice: with the edits every name of the policy still means what it meant,
and no error is found that was not there before.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from remit.checker.scopes import is_group
from remit.diagnostics import Severity, has_errors
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.render_words import literal, member, scope
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.policy import Policy
from remit.tools.language_server.symbols import Occurrence, Sort, Symbol

_NOWHERE = Span("", 0, 0)
_ANY = "{*}"


class Refused(Exception):
    """A renaming that is not done; the message says why."""


def nameable(knowledge: Knowledge, file: str, offset: int) -> Occurrence:
    """What stands at a place and can be renamed. Raises Refused."""
    found = knowledge.at(file, offset)
    if found is None:
        raise Refused("nothing that has a name stands here")
    if not knowledge.policy.is_sound:
        raise Refused("the policy has syntax errors: mend these first")
    for symbol in found.symbols:
        if symbol.sort is Sort.CLIENT:
            raise Refused("a client's name is the id that its tokens carry")
    return found


def rename(knowledge: Knowledge, file: str, offset: int, new: str) -> dict[Span, str]:
    """What is to be written where. Raises Refused."""
    found = nameable(knowledge, file, offset)
    symbol = _one(found)
    if new == symbol.name:
        return {}
    if not new or any(sign.isspace() and symbol.sort is Sort.SCOPE for sign in new) or "\n" in new:
        raise Refused(f"`{new}` is no name")
    named = knowledge.references(found.symbols)
    places = [place for place in named if _ANY not in knowledge.policy.text(place.span)]
    for place in places:
        _refuse_unless_plain(place, symbol, knowledge)
    edits: dict[Span, str] = {}
    for quoted in (False, True):
        edits = {place.span: _spelt(place, symbol, new, knowledge, quoted=quoted) for place in places}
        edits |= _sources(symbol, knowledge)
        if _read(knowledge, edits).policy.is_sound:
            break
    else:
        raise Refused(f"`{new}` cannot be a name here")
    _refuse_unless_same(knowledge, symbol, new, edits)
    return edits


def _one(found: Occurrence) -> Symbol:
    """What is named: parameters of several actions, declared together, count as one."""
    symbol, *others = found.symbols
    if others:
        shown = ", ".join(sorted({each.owner or "the API" for each in found.symbols}))
        raise Refused(f"this names several things ({shown}): rename each where it is declared")
    return symbol


def _refuse_unless_plain(place: Occurrence, symbol: Symbol, knowledge: Knowledge) -> None:
    said = knowledge.policy.text(place.span)
    if place.declares and symbol.sort in (Sort.SCOPE, Sort.ACTION) and said.startswith('"'):
        raise Refused(f"it is declared in the file {said}")
    if len(place.symbols) > 1 or (symbol.sort is Sort.SCOPE and is_group(tree.Name(said, _NOWHERE))):
        raise Refused(f"`{said}` names it together with others: write it out first")


def _spelt(place: Occurrence, symbol: Symbol, new: str, knowledge: Knowledge, *, quoted: bool) -> str:
    """The new name as it is written at a place: inside of a text, or with backquotes if need be."""
    file = knowledge.policy.files[place.span.file].source.text
    node = tree.Name(new, _NOWHERE)
    if file[place.span.start] == '"':
        return literal(tree.Literal(new, _NOWHERE))
    if symbol.sort in (Sort.SCOPE, Sort.ROLE) and _is_inside_text(file, place.span):
        return literal(tree.Literal(new, _NOWHERE))[1:-1]
    if quoted:
        return f"`{new.replace('`', '``')}`"
    return scope(node) if symbol.sort is Sort.SCOPE else member(node)


def _is_inside_text(text: str, span: Span) -> bool:
    """Whether a name stands inside of a string: those of a test's token do."""
    line = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    return line.replace('\\"', "").count('"') % 2 == 1


def _sources(symbol: Symbol, knowledge: Knowledge) -> dict[Span, str]:
    """For a claim that stands in the token under its own name: that it still does."""
    node = knowledge.declared.claims.get(symbol.name)
    if symbol.sort is not Sort.CLAIM or node is None or node.source is not None:
        return {}
    end = knowledge.policy.placed(node.span)
    return {Span(end.file, end.end, end.end): f" from {member(tree.Name(symbol.name, _NOWHERE))}"}


# ---- making sure


def applied(policy: Policy, edits: Mapping[Span, str]) -> dict[str, str]:
    """The texts of the files with the edits done."""
    texts = {each: file.source.text for each, file in policy.files.items()}
    for span, new in sorted(edits.items(), key=lambda edit: edit[0].start, reverse=True):
        text = texts[span.file]
        texts[span.file] = text[: span.start] + new + text[span.end :]
    return texts


def _read(knowledge: Knowledge, edits: Mapping[Span, str]) -> Knowledge:
    """What is known once the edits are done, which is nothing to the desk of the policy as it is."""
    desk = knowledge.desk.copied()
    return Knowledge(desk.read(applied(knowledge.policy, edits)), desk)


def _refuse_unless_same(
    knowledge: Knowledge, symbol: Symbol, new: str, edits: Mapping[Span, str]
) -> None:
    after = _read(knowledge, edits)
    found = after.desk.diagnose(after.policy).findings
    if has_errors(found):
        before = knowledge.desk.copied().diagnose(knowledge.policy).findings
        left = Counter(finding.code for finding in before)
        for finding in found:
            left[finding.code] -= 1
            if finding.severity is Severity.ERROR and left[finding.code] < 0:
                raise Refused(finding.message)
    if _meanings(knowledge, symbol, new) != _meanings(after, None, new):
        raise Refused(f"`{new}` means something else already where this is named")


def _meanings(knowledge: Knowledge, renamed: Symbol | None, new: str) -> list[object]:
    """What each name of the policy means, in order: by sort and by where it is declared, counted."""
    numbers: dict[Symbol, int] = {}
    meanings: list[object] = []
    for occurrence in knowledge.occurrences:
        symbols = [replace(each, name=new) if each == renamed else each for each in occurrence.symbols]
        meanings.append(tuple((each.sort, numbers.setdefault(each, len(numbers))) for each in symbols))
    return meanings
