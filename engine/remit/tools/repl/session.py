"""A line -> what is said to it: a question that is changed piece by piece, and asked anew each time."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from remit.checker.fixtures import ANONYMOUS, instant
from remit.decider.decision import Decision
from remit.tools.colours import answers, say
from remit.tools.deciding import lines as decision_lines
from remit.tools.inputs import BadInput, as_object, read_bytes
from remit.tools.repl.commands import COMMANDS, overview
from remit.tools.repl.presenting import presented, seems_sent
from remit.tools.repl.question import CLOCK, Policy, Question
from remit.tools.repl.saving import saved
from remit.tools.repl.setting import changed, parts
from remit.tools.repl.spelling import record_of, value_of
from remit.tools.terminal import counted, near

_WORD = re.compile(r"(\S+)\s*(.*)", re.DOTALL)
_RESOURCE = re.compile(r"(?:\w+\s*:\s*)?(\w+|`[^`]+`)\s*(\{.*)", re.DOTALL)
_NAMED = re.compile(r"(\w+)\s+(?=\{)")
_PARAMETERS = re.compile(r"\((.*)\)", re.DOTALL)
_RULES_SHOWN = 40
_UNDONE = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a line; the answer that was asked for, and the one before it, if any."""

    lines: tuple[str, ...] = ()
    decision: Decision | None = None
    before: Decision | None = None
    ends: bool = False

    def show(self) -> None:
        """Print it."""
        if self.lines:
            say("\n".join(self.lines), answers)


class Session:
    """A conversation about one policy at a time."""

    def __init__(self, path: Path | None) -> None:
        """Raises what loading the policy raises."""
        self.policy = None if path is None else Policy(path)
        self.question = Question()
        self._before: list[Question] = []
        self._answer: Decision | None = None
        self._commands: Mapping[str, Callable[[str], Reply]] = {
            "load": self._load,
            "reload": self._reload,
            "token": self._token,
            "anonymous": lambda _: self._change(replace(self.question, token=None)),
            "resource": self._resource,
            "context": lambda rest: self._change(replace(self.question, context=record_of(rest))),
            "at": self._at,
            "set": self._set,
            "unset": self._unset,
            "undo": lambda _: self._undo(),
            "may": self._ask,
            "ask": self._ask,
            "explain": self._explain,
            "fix": self._fix,
            "rules": self._rules,
            "show": lambda _: Reply((f"policy {self.loaded.path}", *self.question.lines())),
            "save": self._save,
            "help": _help,
            "quit": lambda _: Reply(ends=True),
        }

    @property
    def loaded(self) -> Policy:
        """The policy. Raises BadInput where there is none yet."""
        if self.policy is None:
            raise BadInput("there is no policy yet: `load PATH`")
        return self.policy

    def run(self, line: str) -> Reply:
        """Do what a line says. Raises BadInput, and what loading a policy raises."""
        text = line.strip()
        if not text or text.startswith("#"):
            return Reply()
        if text.startswith("{") or seems_sent(text):
            text = f"token {text}"
        match = _WORD.fullmatch(text)
        assert match is not None, "it is not empty"
        command = self._commands.get(match[1])
        if command is None:
            guess = near(match[1], COMMANDS) or "; `help` lists what can be said"
            raise BadInput(f"`{match[1]}` is no command{guess}")
        return command(match[2])

    # ---- the policy

    def _load(self, rest: str) -> Reply:
        if not rest:
            raise BadInput("load what? `load PATH`")
        self.policy = Policy(Path(rest))
        self.question, self._before, self._answer = Question(), [], None
        return Reply(tuple(about(self.policy)))

    def _reload(self, _rest: str) -> Reply:
        before = self.loaded
        self.policy = Policy(before.path)
        if self.policy.engine.digest == before.engine.digest:
            return Reply(("the policy decides as before",))
        kind = self.question.resource
        if kind is not None and kind[0] not in self.policy.blocks:
            self.question = replace(self.question, resource=None, action=None)
        action = self.question.action
        if action is not None and action not in self.policy.block(self.question).actions:
            self.question = replace(self.question, action=None)
        return self._again("the policy was loaded anew")

    # ---- the question

    def _token(self, rest: str) -> Reply:
        if not rest:
            raise BadInput("which token? `token FILE`, a JWT, or its claims in braces")
        named = _NAMED.match(rest)
        name = named[1] if named is not None and named[1] != ANONYMOUS else None
        token, how = presented(rest if named is None else rest[named.end() :], name)
        return self._change(replace(self.question, token=token), how)

    def _resource(self, rest: str) -> Reply:
        match = _RESOURCE.fullmatch(rest)
        if match is not None:
            kind, attributes = match[1].strip("`"), record_of(match[2])
        else:
            kind, attributes = _resource_in(rest)
        policy = self.loaded
        if kind not in policy.types:
            raise BadInput(
                f"the policy has no resource `{kind}`{near(kind, policy.types) or _one_of(policy)}"
            )
        asked = replace(self.question, resource=(kind, attributes))
        if asked.action is not None and asked.action not in policy.blocks[kind].actions:
            asked = replace(asked, action=None)
        return self._change(asked)

    def _at(self, rest: str) -> Reply:
        text = rest.strip('"')
        moment = 0.0 if text == CLOCK else instant(text)
        if moment is None:
            raise BadInput(
                f'`{text}` is no instant: write it as at "2026-11-23T12:00Z", or say `at now`'
            )
        return self._change(replace(self.question, at=(text, moment)))

    def _set(self, rest: str) -> Reply:
        match = re.fullmatch(r'((?:"[^"]*"|[^\s"])+)\s+=?\s*(\S.*)', rest, re.DOTALL)
        if match is None:
            raise BadInput('set what to what? `set resource.owner "ann"`')
        return self._change(changed(self.loaded, self.question, parts(match[1]), value_of(match[2])))

    def _unset(self, rest: str) -> Reply:
        whole: dict[str, Any] = {
            "token": {"token": None},
            "resource": {"resource": None},
            "context": {"context": {}},
            "action": {"parameters": {}},
            "at": {"at": None},
        }
        if rest in whole:
            asked = replace(self.question, **whole[rest])
            if asked.action is not None and asked.action not in self.loaded.block(asked).actions:
                asked = replace(asked, action=None)
            return self._change(asked)
        return self._change(changed(self.loaded, self.question, parts(rest), None, remove=True))

    def _undo(self) -> Reply:
        if not self._before:
            raise BadInput("nothing was changed yet")
        self.question = self._before.pop()
        return self._again("")

    def _change(self, question: Question, said: str = "") -> Reply:
        """Put another question in the place of this one, and ask again what was asked last."""
        self._before = [*self._before[-_UNDONE:], self.question]
        self.question = question
        return self._again(said)

    def _again(self, said: str) -> Reply:
        first = (said,) if said else ()
        if self.question.action is None or self._answer is None:
            return Reply(first)
        before = self._answer
        self._answer = self.loaded.decide(self.question, self.question.action)
        told = difference(self.question.action, before, self._answer)
        where = () if before == self._answer else _place(self.loaded, self._answer)
        return Reply((*first, *told, *where), self._answer, before)

    # ---- answers

    def _ask(self, rest: str) -> Reply:
        question = self._about(rest)
        before = self._answer
        self.question, self._answer = question, self.loaded.decide(question, str(question.action))
        told = (*decision_lines(self._answer), *_place(self.loaded, self._answer), *self._hint())
        return Reply(told, self._answer, before)

    def _explain(self, rest: str) -> Reply:
        self.question = question = self._about(rest)
        explanation = self.loaded.explain(question, str(question.action))
        self._answer = explanation.decision
        return Reply(tuple(str(explanation).splitlines()), explanation.decision)

    def _fix(self, rest: str) -> Reply:
        self.question = question = self._about(rest)
        self._answer = self.loaded.decide(question, str(question.action))
        if self._answer.allowed:
            return Reply(("it is allowed: there is nothing to fix",), self._answer)
        fixes = str(self.loaded.fix(question, str(question.action)))
        return Reply(
            tuple((fixes or "no change of up to three things would do").splitlines()), self._answer
        )

    def _about(self, rest: str) -> Question:
        """The question with the action that is named, or the one that was asked for last."""
        action, _, more = rest.partition(" ") if " " in rest else rest.partition("(")
        action, given = action.strip(), _PARAMETERS.search(rest)
        if given is not None:
            action = rest[: given.start()].strip()
        elif more:
            raise BadInput(
                f'`{more.strip()}` cannot stand after an action; parameters can: (name: "value")'
            )
        question = self.question
        if given is not None:
            question = replace(question, parameters=record_of(f"{{{given[1]}}}"))
        action = action or question.action or ""
        if not action:
            actions = ", ".join(self.loaded.block(question).actions)
            raise BadInput(
                f"which action? one of {actions}" if actions else "which action, of which resource?"
            )
        self.loaded.check_action(question, action)
        return replace(question, action=action)

    def _hint(self) -> Iterator[str]:
        """For a token that was pasted and whose time is over: how to ask as of then."""
        token = self.question.token
        expires = None if token is None or not token.whole else token.claims.get("exp")
        if isinstance(expires, int) and expires <= self.question.now():
            then = datetime.fromtimestamp(expires - 1, UTC).isoformat().replace("+00:00", "Z")
            yield f'  the token has expired; to ask as of when it had not: at "{then}"'

    def _rules(self, rest: str) -> Reply:
        policy = self.loaded
        if rest and rest not in policy.types:
            raise BadInput(
                f"the policy has no resource `{rest}`{near(rest, policy.types) or _one_of(policy)}"
            )
        one = rest or (None if self.question.resource is None else self.question.resource[0])
        blocks = policy.engine.rules().blocks
        told = [
            f"{policy.places.of(span)}: {policy.places.text(span)}"
            for block in (blocks.values() if one is None else [blocks[one]])
            for rule in block.rules
            for span in rule.reference.spans
        ]
        more = len(told) - _RULES_SHOWN
        return Reply(
            (*told[:_RULES_SHOWN], *([f"... and {counted(more, 'rule')} more"] if more > 0 else ()))
        )

    def _save(self, rest: str) -> Reply:
        if self.question.action is None:
            raise BadInput("nothing was asked yet: `may ACTION` first")
        name = rest.strip('"') or f"{self.question.action}"
        decision = self.loaded.decide(self.question, self.question.action)
        return Reply(tuple(saved(self.loaded, self.question, decision, name).splitlines()))


def about(policy: Policy) -> Iterator[str]:
    """What was loaded."""
    name = policy.checked.api.name
    yield f"{policy.path}: the API {name}" + (f", {', '.join(policy.types)}" if policy.types else "")


def _place(policy: Policy, decision: Decision) -> Iterator[str]:
    """Where the rule stands that decided."""
    for span in () if decision.rule is None else decision.rule.spans[:1]:
        yield f"  {policy.places.of(span)}: {policy.places.text(span)}"


def difference(action: str, before: Decision, after: Decision) -> Iterator[str]:
    """What of an answer has changed."""
    words = ["allow" if each.allowed else "deny" for each in (before, after)]
    if before == after:
        yield f"{action}: still {words[1]}: {after.reason}"
        return
    change = " -> ".join(words) if words[0] != words[1] else f"still {words[1]}"
    yield f"{action}: {change}: {after.reason}"
    for (layer, was), now in zip(before.layers._asdict().items(), after.layers, strict=True):
        if was != now:
            yield f"  {layer:<11} {was} -> {now}"


def _help(rest: str) -> Reply:
    if not rest:
        return Reply(tuple(overview()))
    command = COMMANDS.get(rest)
    if command is None:
        raise BadInput(f"`{rest}` is no command{near(rest, COMMANDS)}")
    return Reply((command.usage, f"  {command.about}"))


def _one_of(policy: Policy) -> str:
    return f": it has {', '.join(policy.types)}" if policy.types else ""


def _resource_in(text: str) -> tuple[str, dict[str, Any]]:
    """The resource in a file, `{"type": ..., "attributes": {...}}`. Raises BadInput."""
    if not text:
        raise BadInput("which resource? `resource TYPE { ... }`, or a file with {type, attributes}")
    content = as_object(read_bytes(Path(text)), text)
    match content:
        case {"type": str(kind), "attributes": dict(attributes)}:
            return kind, attributes
        case _:
            raise BadInput(f"{text}: a resource is {{type, attributes}}, and attributes is an object")
