"""A place in a policy -> what can be written there.

Which words of the language can stand there is what the parser's tables say; which names, what the policy
declares.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, get_args

from remit.checker.fixtures import ANONYMOUS
from remit.checker.issuers import PROFILES, SOURCES
from remit.checker.members import OWN_CLAIMS
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.lexer import Token
from remit.syntax.parser import spellings
from remit.syntax.render_expressions import type_
from remit.syntax.render_words import member, name, scope
from remit.tools.language_server.declaring import Declared, DeclaredBlock, TypeNode, users
from remit.tools.language_server.expressions import Scene
from remit.tools.language_server.keywords import FUNCTIONS, INSTANTS, KEYWORDS, OWN_MEMBERS, TYPES
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.situation import Situation, situation
from remit.tools.language_server.symbols import Sort

MOST = 500
"""As many proposals are made at once; the editor asks again when more is typed."""

KEYWORD = "keyword"
FUNCTION = "function"
CONSTANT = "constant"

_NOWHERE = Span("", 0, 0)
_EXPRESSION = "TRUE"
_BESIDE = frozenset(
    ["IN", "LESSTHAN", "MORETHAN", "__ANON_0", "__ANON_1", "__ANON_2", "__ANON_3", "__ANON_4"]
)
_RULES = frozenset(["PERMIT", "FORBID", "REQUIRE"])


class Proposal(NamedTuple):
    """Something that can be written; `what` is a Sort, or says that it is a word of the language."""

    label: str
    what: str
    detail: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Proposals:
    """What can stand in place of a span; `complete`: whether that is all of it."""

    span: Span
    items: tuple[Proposal, ...]
    complete: bool = True


def complete(knowledge: Knowledge, file: str, offset: int) -> Proposals:
    """What can be written at a place."""
    held = knowledge.policy.files[file]
    start = held.beginning_before(offset)
    here = situation(held.source.text[start:offset])
    if here is None:
        return Proposals(Span(file, offset, offset), ())
    span = Span(file, start + here.start, offset)
    found = dict.fromkeys(_proposals(here, knowledge.declared))
    if len(found) <= MOST:
        return Proposals(span, tuple(found))
    fitting = [each for each in found if here.typed.casefold() in each.label.casefold()]
    return Proposals(span, tuple(fitting[:MOST]), complete=len(fitting) <= MOST and bool(here.typed))


def _proposals(here: Situation, declared: Declared) -> Iterator[Proposal]:
    if here.quoted:
        if "STRING" in here.takes:
            yield from _texts(here, declared, quoted=True)
        return
    path = here.path()
    if path is not None:
        yield from _members(path, here.scene(declared))
        return
    if "SCOPE" in here.takes and here.governing != "SCOPES":
        yield from (Proposal(each, Sort.SCOPE, "", _scope(each)) for each in declared.scopes)
    if "NAME" in here.takes:
        yield from _names(here, declared)
    if "PRINCIPAL" in here.takes:
        yield from _callers(here, declared, " may ")
    if "STRING" in here.takes:
        yield from _texts(here, declared, quoted=False)
    yield from _keywords(here.takes)


def _keywords(takes: Iterable[str]) -> Iterator[Proposal]:
    spelt = {**spellings(), "MATRIX": "matrix"}
    for terminal in sorted(takes):
        word = spelt.get(terminal) or ""
        if word.isidentifier():
            yield Proposal(word, KEYWORD, KEYWORDS[terminal])


def _scope(text: str) -> str:
    return scope(tree.Name(text, _NOWHERE))


def _plain(names: Iterable[str], sort: Sort, detail: str = "") -> Iterator[Proposal]:
    for each in names:
        yield Proposal(each, sort, detail, name(tree.Name(each, _NOWHERE)))


# ---- names


def _names(here: Situation, declared: Declared) -> Iterator[Proposal]:
    governing = here.governing
    if _EXPRESSION in here.takes:
        if here.block[0] != "test":  # where there are constants only
            yield from _readable(here.scene(declared))
    elif "SET" in here.takes:
        yield from (Proposal(each, Sort.TYPE, TYPES[each]) for each in TYPES)
        yield from _plain(declared.types, Sort.TYPE)
    elif here.last in ("LBRACE", "LPAR", "COMMA") and "STRING" in here.takes:
        yield from (_parameters if here.bracket == "LPAR" else _keys)(here, declared)
    elif here.block[0] == "test":
        yield from _in_test(here, declared)
    elif governing in _RULES:
        actions = {action for block in here.scene(declared).blocks for action in block.actions}
        yield from _plain(sorted(actions), Sort.ACTION)
    else:
        yield from _governed(here, declared)


def _governed(here: Situation, declared: Declared) -> Iterator[Proposal]:
    """Names after a word that asks for names of one sort."""
    governing, blocks = here.governing, here.scene(declared).blocks
    named: Mapping[str, tuple[Iterable[str], Sort]] = {
        "ROLE": (declared.roles, Sort.ROLE),
        "EXTENDS": (declared.roles, Sort.ROLE),
        "CLASS": (declared.groups, Sort.GROUP),
        "PROFILE": (PROFILES, Sort.VALUE),
        "ON": (declared.resources, Sort.RESOURCE),
        "ASSERTS": (declared.claims, Sort.CLAIM),
        "USING": (declared.fixtures, Sort.FIXTURES),
    }
    if "ANYONE" in here.takes:
        for block in blocks:
            yield from _subjects(block, declared)
    elif governing in ("ROLE", "CLIENT") and here.declares:
        pass
    elif governing in named:
        yield from _plain(*named[governing])
    elif governing == "CLIENT":
        yield from _plain(declared.clients, Sort.CLIENT)
        yield from _plain(declared.groups, Sort.GROUP)
    elif governing == "ASSUME":
        yield from _assumable(here, blocks, declared)
    elif "ASSERTS" in here.takes:
        yield from _plain(SOURCES, Sort.MEMBER)


def _subjects(block: DeclaredBlock, declared: Declared) -> Iterator[Proposal]:
    yield from _plain(users(block, declared), Sort.ATTRIBUTE)
    yield from _plain(block.relations, Sort.RELATION)


def _assumable(
    here: Situation, blocks: Iterable[DeclaredBlock], declared: Declared
) -> Iterator[Proposal]:
    match here.block[0]:
        case "token":
            yield from _plain((*declared.claims, "actor"), Sort.CLAIM)
        case "context":
            yield from _plain(declared.context, Sort.CONTEXT)
        case _:
            for block in blocks:
                yield from _plain(block.fields, Sort.ATTRIBUTE)
            yield from _plain(here.scene(declared).parameters(), Sort.PARAMETER)


def _readable(scene: Scene) -> Iterator[Proposal]:
    """What a value can begin with."""
    for bound, (_, of) in scene.bound.items():
        yield Proposal(bound, Sort.ELEMENT, _written(of))
    for block in scene.blocks:
        yield from _fields(block.fields, Sort.ATTRIBUTE)
        yield from _plain(block.relations, Sort.RELATION)
    yield from _plain(scene.declared.values, Sort.VALUE)
    yield from (Proposal(each, CONSTANT, said) for each, said in INSTANTS.items())
    yield from (
        Proposal(each, FUNCTION, f"{shape}: {said}") for each, (shape, said) in FUNCTIONS.items()
    )


def _fields(fields: Mapping[str, tree.Field], sort: Sort) -> Iterator[Proposal]:
    for each, node in fields.items():
        yield Proposal(each, sort, _written(node.type), member(node.name))


def _written(of: TypeNode) -> str:
    return "" if of is None else type_(of)


def _members(path: tree.Path, scene: Scene) -> Iterator[Proposal]:
    """What can be read of what stands before a dot."""
    declared = scene.declared
    match path.root.text:
        case "token" if not path.steps:
            yield from _fields(declared.claims, Sort.CLAIM)
            yield from (Proposal(each, Sort.CLAIM, said) for each, said in OWN_MEMBERS.items())
        case "context" if not path.steps:
            yield from _fields(declared.context, Sort.CONTEXT)
        case "action" if not path.steps:
            yield from _fields(scene.parameters(), Sort.PARAMETER)
        case _:
            yield from _fields(_record(scene.type_of(path), declared), Sort.MEMBER)


def _record(of: TypeNode, declared: Declared) -> dict[str, tree.Field]:
    plain = declared.plain(of)
    fields = plain.fields if isinstance(plain, tree.RecordType) else ()
    return {each.name.text: each for each in fields}


# ---- tests


def _callers(here: Situation, declared: Declared, after: str) -> Iterator[Proposal]:
    tokens = [each for each, of in here.fixtures(declared) if of is None]
    for each in (*tokens, ANONYMOUS):
        yield Proposal(each, Sort.CALLER, "", name(tree.Name(each, _NOWHERE)) + after)


def _in_test(here: Situation, declared: Declared) -> Iterator[Proposal]:
    match here.last:
        case "VBAR" | "COMMA" if "MATRIX" in here.open_words and "NAME" in here.takes:
            yield from _in_matrix(here, declared)
        case "MAY" | "NOT":
            yield from _any_action(declared)
        case "COMMA" if here.governing in ("MAY", "NOT"):
            yield from _any_action(declared)
        case "COLON":
            yield from _plain(declared.resources, Sort.RESOURCE)
        case "WITH":
            for each, of in here.fixtures(declared):
                yield from _plain([each], Sort.CALLER if of is None else Sort.THING)
        case "ROLE":
            yield from _plain(declared.roles, Sort.ROLE)
        case "NAME" | "BACKQUOTED" if here.governing in ("MAY", "NOT"):
            things = (each for each, of in here.fixtures(declared) if of is not None)
            yield from _plain(things, Sort.THING)
        case _:
            pass


def _in_matrix(here: Situation, declared: Declared) -> Iterator[Proposal]:
    """The actions in the head of a matrix, the resources in its rows."""
    if here.last == "VBAR":
        yield from _any_action(declared)
    else:
        things = (each for each, of in here.fixtures(declared) if of is not None)
        yield from _plain(things, Sort.THING)


def _any_action(declared: Declared) -> Iterator[Proposal]:
    actions = {action for block in declared.blocks.values() for action in block.actions}
    yield from _plain(sorted(actions), Sort.ACTION)


def _parameters(here: Situation, declared: Declared) -> Iterator[Proposal]:
    """What can be handed in with a request."""
    asked = [token.text for token in here.after("MAY") or here.after("NOT")]
    scene = Scene(declared, tuple(declared.blocks.values()), tuple(asked))
    for each, node in scene.parameters().items():
        yield Proposal(each, Sort.PARAMETER, _written(node.type), f"{member(node.name)}: ")


# ---- records


def _keys(here: Situation, declared: Declared) -> Iterator[Proposal]:
    """The members of the record that is being written."""
    fields, sort = _owner(here, declared, here.opened[-1])
    for each, node in fields.items():
        yield Proposal(each, sort, _written(node.type), f"{member(node.name)}: ")
    if sort is Sort.CLAIM:
        for claim in sorted(OWN_CLAIMS):
            yield Proposal(claim, sort, "read by remit itself", f"{claim}: ")


def _owner(here: Situation, declared: Declared, brace: int) -> tuple[Mapping[str, tree.Field], Sort]:
    """The members that a record may have, by the place of its brace on the stack."""
    before = here.values[:brace]
    match before[-3:]:
        case [*_, Token(type="TOKEN"), tree.Name()]:
            return declared.claims, Sort.CLAIM
        case [*_, Token(type="CONTEXT")]:
            return declared.context, Sort.CONTEXT
        case [*_, Token(type="COLON"), tree.Name(text=resource)]:
            return _attributes(resource, declared), Sort.ATTRIBUTE
        case [*_, Token(type="WITH"), tree.Name(text=changed)]:
            of = dict(here.fixtures(declared)).get(changed)
            if of is None:
                return declared.claims, Sort.CLAIM
            return _attributes(of, declared), Sort.ATTRIBUTE
        case _:
            return _record(_value_type(here, declared, brace), declared), Sort.MEMBER


def _attributes(resource: str, declared: Declared) -> Mapping[str, tree.Field]:
    block = declared.blocks.get(resource)
    return block.fields if block else {}


def _value_type(here: Situation, declared: Declared, place: int) -> TypeNode:
    """The type that the value at a place on the stack is to have: of a member, or inside of a list."""
    values = list(here.values[:place])
    depth = 0
    while values and _is_open_list(values[-1]):
        last = values.pop()
        depth += isinstance(last, Token) and last.type == "LSQB"
    match values[-2:]:
        case [tree.Name() as key, Token(type="COLON")]:
            wanted = _type_of_key(here, declared, len(values), key)
        case [left, Token(type="EQUAL")] if isinstance(left, get_args(tree.TypeExpression)):
            wanted = left
        case [left, Token(type=kind)] if kind in _BESIDE:
            wanted = here.scene(declared).type_of(left)
        case _:
            wanted = None
    for _ in range(depth):
        wanted = declared.element(wanted) or wanted
    return wanted


def _is_open_list(value: object) -> bool:
    """Whether this is a part of a list that is being written."""
    part = isinstance(value, Token) and value.type in ("LSQB", "COMMA")
    return part or isinstance(value, tree.Literal | tree.RecordOf) or hasattr(value, "children")


def _type_of_key(here: Situation, declared: Declared, place: int, key: tree.Name) -> TypeNode:
    """The type of a member of the record around a place on the stack."""
    around = [brace for brace in here.opened if brace < place]
    if not around:
        return None
    fields, sort = _owner(here, declared, around[-1])
    if sort is Sort.MEMBER:
        record = declared.plain(_value_type(here, declared, around[-1]))
        return record.value if isinstance(record, tree.MapType) else declared.step(record, key)
    return fields[key.text].type if key.text in fields else None


# ---- texts


def _texts(here: Situation, declared: Declared, *, quoted: bool) -> Iterator[Proposal]:
    """The values of the enum that what is being written has to be of."""
    wanted = declared.plain(_value_type(here, declared, len(here.values)))
    if isinstance(wanted, tree.EnumType):
        for each in wanted.values:
            text = str(each.value)
            yield Proposal(text, CONSTANT, "", text if quoted else f'"{text}"')
