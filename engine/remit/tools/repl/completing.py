"""What is written so far -> the words that could come next: commands, actions, members, values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from remit.checker.checked import BOOL, Enumeration, ListOf, Member, SetOf, Type
from remit.checker.issuers import PLACES
from remit.syntax.source import ENDING
from remit.tools.repl.commands import COMMANDS
from remit.tools.repl.question import Policy
from remit.tools.repl.session import Session
from remit.tools.repl.setting import ROOTS
from remit.tools.suggesting import files

_WORD = re.compile(r'[^\s"{}\[\](),:]*$')
_PLACE = re.compile(r"(?:set|unset)\s+(\S*)$")
_VALUE = re.compile(r'set\s+(\S+)\s+=?\s*(?:.*[\s"\[,])?[^\s"\[,]*$')
_MEMBER = re.compile(r"[{,]\s*\w*$")
_SAID_OF_MEMBER = re.compile(r'(\w+)\s*:\s*(?:\[[^\]]*|"[^"]*|[^\s",{}]*)$')
_QUOTED = re.compile(r'"[^"]*$')
_ASKING = ("may", "ask", "explain", "fix")
_OWN = ("sub", "scope", "roles", "permissions", "iss", "aud", "exp", "acr", "auth_time")


def completions(session: Session, text: str) -> tuple[list[str], int]:
    """The words that could stand for the last one of `text`, and how long that is."""
    match = _WORD.search(text)
    begun = match.group() if match else ""
    words = dict.fromkeys(_words(session.policy, session, text))
    return [word for word in words if word.startswith(begun)], len(begun)


def _words(policy: Policy | None, session: Session, text: str) -> Iterable[str]:
    command, blank, rest = text.lstrip().partition(" ")
    if not blank:
        return COMMANDS
    if command == "help":
        return COMMANDS
    if command in ("load", "token", "resource") and "{" not in rest:
        types = policy.types if policy is not None and command == "resource" else ()
        return (*types, *files(rest, ENDING if command == "load" else ".json"))
    if policy is None:
        return ()
    if command in _ASKING and "(" not in rest:
        return policy.block(session.question).actions
    if command == "rules":
        return policy.types
    place = _PLACE.search(text)
    if place is not None:
        return _places(policy, session)
    return _values(policy, session, command, text)


def _values(policy: Policy, session: Session, command: str, text: str) -> Iterable[str]:
    """Names of members in braces, and what may be their values."""
    value = _VALUE.search(text)
    if value is not None:
        root, _, name = value[1].partition(".")
        return _said(policy, _members(policy, session, root, text), name, quoted=_is_quoted(text))
    said = _SAID_OF_MEMBER.search(text)
    members = _members(policy, session, command, text)
    if said is not None:
        return _said(policy, members, said[1], quoted=_is_quoted(text))
    if _MEMBER.search(text):
        return (*members, *(_OWN if command == "token" else ()))
    return ()


def _is_quoted(text: str) -> bool:
    return text.count('"') % 2 == 1 and _QUOTED.search(text) is not None


def _members(policy: Policy, session: Session, root: str, text: str) -> Mapping[str, Member]:
    match root:
        case "token":
            return policy.checked.claims
        case "context":
            return policy.checked.context
        case "resource":
            named = next(
                (kind for kind in policy.types if re.search(rf"\b{re.escape(kind)}\s*\{{", text)), None
            )
            about = session.question.resource
            kind = named or (about[0] if about else None)
            return policy.blocks[kind].members
        case _:
            block = policy.block(session.question)
            return {
                name: each
                for action in block.actions.values()
                for name, each in action.parameters.items()
            }


def _places(policy: Policy, session: Session) -> Iterator[str]:
    """What can be set."""
    for root in ROOTS:
        names: Sequence[str] = tuple(_members(policy, session, root, ""))
        if root == "token":
            names = (*names, *_OWN)
        yield from (f"{root}.{name}" for name in names)


def _said(policy: Policy, members: Mapping[str, Member], name: str, *, quoted: bool) -> Iterator[str]:
    """The values that a member may have: scopes, roles, those of an enum."""
    api = policy.checked.api
    for issuer in api.issuers.values():
        places = {**PLACES.get(issuer.profile, {}), **issuer.sources}
        for what, known in (("scope", api.scopes), ("permissions", api.scopes), ("roles", api.roles)):
            if name in (what, ".".join(places.get(what, ())), places.get(what, ("",))[-1]):
                yield from known
    if name in members:
        yield from _of_type(members[name].type, quoted=quoted)


def _of_type(type_: Type, *, quoted: bool) -> Iterator[str]:
    match type_:
        case Enumeration(values=values):
            yield from values if quoted else (f'"{value}"' for value in values)
        case SetOf(element=element) | ListOf(element=element):
            yield from _of_type(element, quoted=quoted)
        case _ if type_ == BOOL:
            yield from ("true", "false")
        case _:
            pass
