"""A policy -> what is shown beside it: its blocks with what they hold, by name and place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from remit.spans import Span
from remit.syntax import tree
from remit.syntax.lexer import Token
from remit.tools.language_server.policy import Policy, PolicyFile
from remit.tools.language_server.symbols import Sort
from remit.tools.language_server.testing import Run

_OPENING = frozenset(["LBRACE", "LPAR", "LSQB"])
_CLOSING = frozenset(["RBRACE", "RPAR", "RSQB"])


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has a place in the outline: all of it, its name, and what it holds."""

    name: str
    sort: Sort
    span: Span
    named: Span
    detail: str = ""
    inside: "tuple[Entry, ...]" = ()


def outline(policy: Policy, file: str) -> list[Entry]:
    """The entries of a file."""
    return [_moved(entry, policy) for item in policy.files[file].items for entry in _item(item)]


def search(policy: Policy, wanted: str) -> Iterator[tuple[Entry, str]]:
    """The entries of all files that have a text in their name, each with that of the block it is in."""
    for file in policy.files:
        for entry in outline(policy, file):
            for each, around in [(entry, ""), *((inner, entry.name) for inner in entry.inside)]:
                if wanted.casefold() in each.name.casefold():
                    yield each, around


def _moved(entry: Entry, policy: Policy) -> Entry:
    return Entry(
        entry.name,
        entry.sort,
        policy.placed(entry.span),
        policy.placed(entry.named),
        entry.detail,
        tuple(_moved(each, policy) for each in entry.inside),
    )


def _item(item: tree.Item) -> Iterator[Entry]:
    match item:
        case tree.Api(name=name, items=items):
            inside = tuple(entry for each in items for entry in _inner(each))
            yield Entry(name.text, Sort.RESOURCE, item.span, name.span, "api", inside)
        case tree.Resource(name=name, fields=fields, items=items):
            inside = (
                *_fields(fields, Sort.ATTRIBUTE),
                *(entry for each in items for entry in _inner(each)),
            )
            yield Entry(name.text, Sort.RESOURCE, item.span, name.span, "resource", inside)
        case tree.TokenClaims(fields=fields):
            inside = tuple(_fields(fields, Sort.CLAIM))
            yield Entry("token", Sort.RESOURCE, item.span, item.span, "claims", inside)
        case tree.Context(fields=fields):
            inside = tuple(_fields(fields, Sort.CONTEXT))
            yield Entry("context", Sort.RESOURCE, item.span, item.span, "", inside)
        case tree.TypeAlias(name=name):
            yield Entry(name.text, Sort.TYPE, item.span, name.span, "type")
        case tree.Let(name=name) | tree.Data(name=name):
            yield Entry(name.text, Sort.VALUE, item.span, name.span)
        case tree.PolicyTest(name=name, items=items):
            inside = tuple(entry for each in items for entry in _fixture(each))
            yield Entry(str(name.value), Sort.TEST, item.span, name.span, "test", inside)
        case tree.Fixtures(name=name, items=items):
            inside = tuple(entry for each in items for entry in _fixture(each))
            yield Entry(name.text, Sort.FIXTURES, item.span, name.span, "fixtures", inside)
        case tree.Rule():
            yield from _inner(item)
        case _:
            assert_never(item)


def _fields(fields: Iterable[tree.Field], sort: Sort) -> Iterator[Entry]:
    for each in fields:
        yield Entry(each.name.text, sort, each.span, each.name.span)


def _fixture(item: tree.PolicyTestItem) -> Iterator[Entry]:
    match item:
        case tree.TokenFixture(name=name):
            yield Entry(name.text, Sort.CALLER, item.span, name.span)
        case tree.ResourceFixture(name=name, type=type_):
            yield Entry(name.text, Sort.THING, item.span, name.span, type_.text)
        case _:
            pass


def _inner(item: tree.ApiItem) -> Iterator[Entry]:
    match item:
        case tree.Action(names=names):
            yield from _named(names, Sort.ACTION, item.span)
        case tree.Scopes(names=names):
            yield from _named(names, Sort.SCOPE, item.span)
        case tree.Role(names=names):
            yield from _named(names, Sort.ROLE, item.span)
        case tree.Client(names=names):
            yield from _named(names, Sort.CLIENT, item.span)
        case tree.Relation(name=name):
            yield Entry(name.text, Sort.RELATION, item.span, name.span)
        case tree.Rule(effect=effect, actions=actions, name=title):
            heads = "any" if actions is None else ", ".join(action.text for action in actions)
            named = str(title.value) if title else f"{effect} {heads}"
            yield Entry(named, Sort.RULE, item.span, item.span, f"{effect} {heads}" if title else "")
        case _:
            pass


def _named(names: Iterable[tree.Name], sort: Sort, span: Span) -> Iterator[Entry]:
    """One entry for each name; the first has the whole statement, so that they do not overlap."""
    for place, name in enumerate(names):
        yield Entry(name.text, sort, span if not place else name.span, name.span)


def folds(file: PolicyFile) -> Iterator[tuple[int, int]]:
    """What can be folded, from offset to offset: brackets."""
    for start, statement in file.statements:
        opened: list[Token] = []
        for token in statement.tokens:
            if token.type in _OPENING:
                opened.append(token)
            elif token.type in _CLOSING and opened:
                yield start + opened.pop().end, start + token.start


def tests(policy: Policy, file: str, run: Run | None) -> Iterator[tuple[Span, str]]:
    """Each test of a file with how it came out last, in words."""
    known = {} if run is None else {outcome.name: outcome.said for outcome in run.outcomes}
    stale = "" if run is None or run.policy is policy else ", before the last change"
    for item in policy.files[file].items:
        if isinstance(item, tree.PolicyTest):
            said = known.get(str(item.name.value))
            yield policy.placed(item.name.span), "run tests" if said is None else said + stale
