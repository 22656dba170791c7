"""A place in a policy -> what an author wants to know of what stands there, as Markdown."""

from collections.abc import Iterable
from typing import NamedTuple

from remit.checker.api import check_api
from remit.checker.checked import CheckedApi
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.lexer import Token
from remit.syntax.render_expressions import condition, members, need, type_, value
from remit.syntax.render_words import literal, names
from remit.tools.language_server.declaring import Declared, DeclaredAction
from remit.tools.language_server.keywords import FUNCTIONS, INSTANTS, KEYWORDS, OWN_MEMBERS, TYPES
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.policy import beside
from remit.tools.language_server.symbols import Sort, Symbol

_SHOWN = 12


class Hover(NamedTuple):
    """What is said about a part of a file."""

    text: str
    span: Span


def hover(knowledge: Knowledge, file: str, offset: int) -> Hover | None:
    """What is to be said about the name or the word at a place."""
    occurrence = knowledge.at(file, offset)
    if occurrence is not None:
        said = [describe(symbol, knowledge) for symbol in occurrence.symbols[:_SHOWN]]
        left = len(occurrence.symbols) - _SHOWN
        more = [f"and {left} more"] if left > 0 else []
        return Hover("\n\n---\n\n".join([*filter(None, said), *more]), occurrence.span)
    return _word(knowledge, file, offset)


def _word(knowledge: Knowledge, file: str, offset: int) -> Hover | None:
    """What a word of the language means."""
    start, statement = knowledge.policy.files[file].statement_at(offset)
    tokens = statement.tokens
    here = [n for n, each in enumerate(tokens) if each.start + start <= offset <= each.end + start]
    if not here:
        return None
    place = here[-1]  # of two that touch the one that begins here
    token = tokens[place]
    span = Span(file, token.start + start, token.end + start)
    if token.type in KEYWORDS and token.text.isidentifier():
        rule = _rule_at(statement.document.items, token)
        said = KEYWORDS[token.type]
        origin = "" if rule is None else f"\n\n{_origin(rule, knowledge)}"
        return Hover(f"`{token.text}`: {said}{origin}", span)
    before = [each.type for each in tokens[max(0, place - 2) : place]]
    said = _built_in(token, before)
    return Hover(said, span) if said else None


def _built_in(token: Token, before: list[str]) -> str:
    """What a name means that the language brings along; empty for any other."""
    text = token.text
    if before == ["TOKEN", "DOT"] and text in OWN_MEMBERS:
        return f"`token.{text}`: {OWN_MEMBERS[text]}"
    if before[-1:] == ["DOT"] or token.type != "NAME":
        return ""
    if text in FUNCTIONS:
        shape, said = FUNCTIONS[text]
        return f"`{shape}`: {said}"
    meant = TYPES.get(text) or INSTANTS.get(text)
    return f"`{text}`: {meant}" if meant else ""


def _rule_at(items: Iterable[tree.Item], token: Token) -> tree.Rule | None:
    for item in items:
        inner = item.items if isinstance(item, tree.Api | tree.Resource) else (item,)
        for each in inner:
            if isinstance(each, tree.Rule) and each.span.start == token.start:
                return each
    return None


def _origin(rule: tree.Rule, knowledge: Knowledge) -> str:
    """Where a rule comes from: what it is called, where it counts, and for what."""
    declared = knowledge.declared
    named = f" {literal(rule.name)}" if rule.name else ""
    blocks = [
        block.name or "the API"
        for block in declared.blocks.values()
        if _counts_in(rule, block.name, declared)
    ]
    actions = "every action" if rule.actions is None else names(rule.actions)
    return f"{rule.effect}{named} for {actions} of {', '.join(blocks) or 'nothing'}"


def _counts_in(rule: tree.Rule, name: str, declared: Declared) -> bool:
    block = declared.blocks[name]
    if any(each is rule for each in block.rules) and rule.types is None:
        return True
    if rule.types is not None:
        return any(each.text == name for each in rule.types)
    outside = any(each is rule for each in declared.rules)
    wanted = None if rule.actions is None else {each.text for each in rule.actions}
    return outside and bool(block.actions) and (wanted is None or bool(wanted & block.actions.keys()))


def describe(symbol: Symbol, knowledge: Knowledge) -> str:
    """What is known of a thing that is declared."""
    declared = knowledge.declared
    name, owner = symbol.name, symbol.owner
    match symbol.sort:
        case Sort.ATTRIBUTE:
            return _field(f"attribute of `{owner}`", declared.blocks[owner].fields[name])
        case Sort.CLAIM:
            return _field("claim of the token", declared.claims[name])
        case Sort.CONTEXT:
            return _field("member of the context", declared.context[name])
        case Sort.RELATION:
            said = condition(declared.blocks[owner].relations[name].condition)
            return _code(f"relation {name} when {said}")
        case Sort.ACTION:
            return _action(declared.blocks[owner].actions[name], owner)
        case Sort.TYPE:
            return _code(f"type {name} = {type_(declared.types[name].type)}")
        case Sort.VALUE:
            return _value(declared.values[name])
        case Sort.RESOURCE:
            actions = _list(declared.blocks[name].actions)
            return f"{_code(f'resource {name}')}\n\nactions: {actions}"
        case _:
            return _of_api(symbol, knowledge)


def _of_api(symbol: Symbol, knowledge: Knowledge) -> str:
    match symbol.sort:
        case Sort.ROLE:
            return _role(symbol.name, knowledge)
        case Sort.SCOPE:
            return _scope(symbol.name, knowledge)
        case Sort.CLIENT:
            return _client(symbol.name, knowledge)
        case Sort.GROUP:
            clients = knowledge.declared.clients.items()
            own = (name for name, node in clients if node.group and node.group.text == symbol.name)
            return f"class of clients: {_list(own)}"
        case _:
            return _declaration(symbol, knowledge)


def _code(text: str) -> str:
    return f"```remit\n{text}\n```"


def _list(words: Iterable[str]) -> str:
    found = list(words)
    shown = ", ".join(f"`{word}`" for word in found[:_SHOWN]) or "none"
    return shown + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")


def _field(what: str, node: tree.Field) -> str:
    default = "" if node.default is None else f" = {value(node.default)}"
    absent = "\n\nmay be absent" if node.optional and node.default is None else ""
    source = ".".join(step.text for step in node.source or ())
    place = f"\n\nstands in the token at `{source}`" if source else ""
    return f"{_code(members((node,)) + default)}\n\n{what}{absent}{place}"


def _action(action: DeclaredAction, owner: str) -> str:
    of = f"action of `{owner}`" if owner else "action of the API"
    node = action.node
    if isinstance(node, tree.ActionsFrom):
        needs = " or ".join(f"`{scope}`" for scope in action.scopes) or "`nothing`"
        return (
            f"{_code(f'action {action.name.text}')}\n\n{of}, from {literal(node.file)}\n\nneeds {needs}"
        )
    said = [
        f"`{need(each.need)}`" + (f" when `{condition(each.when)}`" if each.when else "")
        for each in node.needs
    ]
    parameters = f"({members(node.parameters)})" if node.parameters else ""
    new = "\n\nmakes its resource" if node.new else ""
    head = _code(f"action {names((action.name,))}{parameters}")
    return f"{head}\n\n{of}{new}\n\nneeds {', or '.join(said) or 'what is not said yet'}"


def _api(knowledge: Knowledge) -> CheckedApi:
    """Roles and scopes with all that they come to, as far as that can be made out."""
    apis = [item for item in knowledge.policy.items if isinstance(item, tree.Api)]
    return check_api(apis, {}, beside(knowledge.policy), []) or CheckedApi("")


def _role(name: str, knowledge: Knowledge) -> str:
    node = knowledge.declared.roles[name]
    extends = f"\n\nextends {_list(each.text for each in node.extends)}" if node.extends else ""
    granted = sorted(_api(knowledge).roles.get(name, ()))
    return f"{_code(f'role {name}')}{extends}\n\ngrants in the end: {_list(granted)}"


def _scope(name: str, knowledge: Knowledge) -> str:
    api = _api(knowledge)
    implied = sorted(api.scopes.get(name, frozenset()) - {name})
    implies = f"\n\nimplies {_list(implied)}" if implied else ""
    holders = sorted(role for role, granted in api.roles.items() if name in granted)
    return f"{_code(f'scope {name}')}{implies}\n\ngranted by the roles: {_list(holders)}"


def _client(name: str, knowledge: Knowledge) -> str:
    node = knowledge.declared.clients[name]
    group = f"\n\nof the class `{node.group.text}`" if node.group else ""
    if node.grants is None:
        return f"{_code(f'client {name}')}{group}\n\nmay be granted any scope"
    client = _api(knowledge).clients.get(name)
    granted = sorted(client.grants or ()) if client else []
    return f"{_code(f'client {name}')}{group}\n\nmay be granted: {_list(granted)}"


def _value(node: tree.Let | tree.Data) -> str:
    if isinstance(node, tree.Data):
        return _code(f"data {node.name.text}: {type_(node.type)} from {literal(node.file)}")
    written = f": {type_(node.type)}" if node.type else ""
    return _code(f"let {node.name.text}{written} = {condition(node.value)}")


def _declaration(symbol: Symbol, knowledge: Knowledge) -> str:
    """The line that declares a thing."""
    span = knowledge.declarations([symbol])[0].span
    source = knowledge.policy.files[span.file].source
    said = source.line(source.position(span.start).line).strip()
    return f"{_code(said)}\n\n{symbol.sort} `{knowledge.policy.text(span)}`"
