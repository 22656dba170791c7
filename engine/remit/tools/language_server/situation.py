"""A text up to a place -> the situation there: what can come next, and what it would be about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.lexer import Token
from remit.syntax.parser import Standing, standing
from remit.tools.language_server.declaring import Declared, DeclaredBlock
from remit.tools.language_server.expressions import Scene

_NOT_SPOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|(?P<comment>(?:(?<=[ \t\r\n])|\A)#[^\n]*\Z)')
_OPEN_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*\Z')
_SCOPE = re.compile(r"[A-Za-z0-9_:*.!$%&'+/;=?@~^|#-]+\Z")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NAMES = ("NAME", "BACKQUOTED", "COMMA", "SCOPE")
_ROOTS = ("TOKEN", "CONTEXT", "ACTION")
_TESTS = ("TEST", "FIXTURES")
_BRACKETS = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
_BLOCKS = {"API": "api", "RESOURCE": "resource", "TEST": "test", "FIXTURES": "test"}


@dataclass(frozen=True, slots=True)
class Situation:
    """What can come next in a statement of the file.

    `start` is where what is written already of the next word begins, `typed` that part of it; `quoted`
    says that it is inside of a string.
    """

    takes: frozenset[str]
    taken: tuple[Token, ...]
    values: tuple[Any, ...]
    start: int
    typed: str
    quoted: bool = False

    @property
    def last(self) -> str:
        """The terminal before; empty at the beginning."""
        return self.taken[-1].type if self.taken else ""

    @property
    def governing(self) -> str:
        """The terminal before the list of names that is being written."""
        passed = (*_NAMES, "STRING")
        return next((each.type for each in reversed(self.taken) if each.type not in passed), "")

    @property
    def declares(self) -> bool:
        """Whether what is being written is a name of its own, and not that of something declared."""
        return not self.open_words & {"TO", "ASSERTS", "MISSING"}

    def after(self, terminal: str) -> list[Token]:
        """The names after the last token of that terminal; none where there is no such token."""
        places = [place for place, token in enumerate(self.taken) if token.type == terminal]
        found: list[Token] = []
        more = True
        for token in self.taken[places[-1] + 1 :] if places else ():
            if token.type == "STRING" and not found:  # the name of a rule
                continue
            if token.type not in _NAMES or (token.type != "COMMA" and not more):
                break
            more = token.type == "COMMA"
            if not more:
                found.append(token)
        return found

    @property
    def opened(self) -> list[int]:
        """Where in `values` the braces stand that are open."""
        found: list[int] = []
        for place, each in enumerate(self.values):
            if isinstance(each, Token) and each.text == "{":
                found.append(place)
            elif isinstance(each, Token) and each.text == "}":
                found.pop()
        return found

    @property
    def open_words(self) -> set[str]:
        """The terminals of words before what is not at its end yet."""
        return {each.type for each in self.values if isinstance(each, Token)}

    @property
    def bracket(self) -> str:
        """The terminal of the innermost bracket that is open."""
        opened: list[str] = []
        for each in self.values:
            if isinstance(each, Token) and each.type in _BRACKETS:
                opened.append(each.type)
            elif isinstance(each, Token) and each.type in _BRACKETS.values():
                opened.pop()
        return opened[-1] if opened else ""

    @property
    def block(self) -> tuple[str, str]:
        """The block that this is in: its keyword and its name, both empty at the level of the file."""
        head = self.values[: self.opened[0]] if self.opened else ()
        match head:
            case [Token(type=kind), tree.Name(text=name)]:
                return _BLOCKS.get(kind, kind.lower()), name
            case [Token(type=kind), *_]:
                return _BLOCKS.get(kind, kind.lower()), ""
            case [_, *rest] if rest:  # what stands before it in the file
                return replace(self, values=self.values[1:]).block
            case _:
                return "", ""

    def fixtures(self, declared: Declared) -> Iterator[tuple[str, str | None]]:
        """The fixtures of the test that is being written: a token's name, a resource's with its type."""
        for group in self.after("USING"):
            for item in declared.fixtures[group.text].items if group.text in declared.fixtures else ():
                if not isinstance(item, tree.ContextFixture):
                    yield item.name.text, getattr(getattr(item, "type", None), "text", None)
        starts = [place for place, token in enumerate(self.taken) if token.type in _TESTS]
        own = self.taken[starts[-1] :] if starts else ()
        for place, token in enumerate(own[:-3]):
            kinds = [each.type for each in own[place + 1 : place + 4]]
            if token.type == "TOKEN" and kinds[1] == "LBRACE":
                yield _text(own[place + 1]), None
            elif token.type == "RESOURCE" and kinds[1] == "COLON":
                yield _text(own[place + 1]), _text(own[place + 3])

    # -- what an expression here would be about

    def scene(self, declared: Declared) -> Scene:
        """Where an expression would stand."""
        blocks = self._blocks(declared)
        heads = [
            token.text for effect in ("PERMIT", "FORBID", "REQUIRE") for token in self.after(effect)
        ]
        if self._in_action():
            heads = [token.text for token in self.after("ACTION")]
        actions = tuple(heads) or tuple(name for block in blocks for name in block.actions)
        scene = Scene(declared, blocks, actions)
        for name, collection in self._quantifiers():
            scene = scene.binding(name, declared.element(scene.type_of(collection)))
        return scene

    def _in_action(self) -> bool:
        return "NEEDS" in self.open_words

    def _blocks(self, declared: Declared) -> tuple[DeclaredBlock, ...]:
        keyword, name = self.block
        if keyword == "resource":
            return tuple(filter(None, [declared.blocks.get(name)]))
        named = [token.text for token in self.after("ON")]
        if named:
            return tuple(declared.blocks[each] for each in named if each in declared.blocks)
        return (declared.api,) if keyword == "api" else tuple(declared.blocks.values())

    def _quantifiers(self) -> Iterator[tuple[tree.Name, Any]]:
        values = self.values
        for place, each in enumerate(values):
            if isinstance(each, Token) and each.type == "WHERE":
                yield values[place - 3], values[place - 1]

    def path(self) -> tree.Path | None:
        """What is before the dot that was written last."""
        if self.last != "DOT":
            return None
        steps: list[tree.Name | tree.Index] = []
        tokens = list(self.taken[:-1])
        while True:  # a word of the language begins every statement
            token = tokens.pop()
            if token.type == "RSQB":
                _skip(tokens)
                steps.append(tree.Index(tree.Literal("", _NOWHERE), _NOWHERE))
                continue
            if token.type not in ("NAME", "BACKQUOTED", *_ROOTS):
                return None
            steps.append(tree.Name(_text(token), _NOWHERE))
            if tokens[-1].type != "DOT":
                break
            tokens.pop()
        root = tree.Name(_text(token), _NOWHERE)
        return tree.Path(root, tuple(reversed(steps[:-1])), _NOWHERE)


_NOWHERE = Span("", 0, 0)


def _text(name: Token) -> str:
    return name.text.strip("`").replace("``", "`")


def _skip(tokens: list[Token]) -> None:
    """Drop what stands in brackets, the first of them with it."""
    depth = 1
    while tokens and depth:
        token = tokens.pop()
        depth += {"RSQB": 1, "LSQB": -1}.get(token.type, 0)


def situation(text: str) -> Situation | None:
    """The situation at the end of a text; None inside of a comment."""
    line = text[text.rfind("\n") + 1 :]
    if any(match["comment"] is not None for match in _NOT_SPOKEN.finditer(line)):
        return None
    unspoken = _NOT_SPOKEN.sub(lambda match: " " * len(match.group()), line)
    quote = _OPEN_STRING.search(unspoken)
    if quote is not None:
        place = len(text) - len(line) + quote.start()
        return _at(text, place, place + 1, quoted=True)
    scope = _SCOPE.search(text)
    if scope is not None:
        found = _at(text, scope.start(), scope.start())
        if "SCOPE" in found.takes:
            return found
    word = _WORD.search(text)
    place = len(text) if word is None else word.start()
    return _at(text, place, place)


def _at(text: str, place: int, start: int, *, quoted: bool = False) -> Situation:
    here: Standing = standing(Source("", text[:place]))
    return Situation(here.takes, here.taken, here.values, start, text[start:], quoted)
