"""Source -> Document, and every syntax error in it.

The tables come from lark; the loop is ours, for two reasons. The lexer must know what the parser
can take next, so that keywords stay usable as names. And after an error reading goes on: tokens are
passed over up to the next line that opens a statement, and the parser falls back to the innermost
block that can take one. That is one pass over the text, however many errors it has. Loop and recovery
share all that they know, and are one class.

Two limits keep every later stage from recursing too far: what is open at one time is counted here,
and how high a tree grows is counted by the builder, for `a + b + c ...` opens nothing.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer as AnyLexer
from lark.parse_tree_builder import ParseTreeBuilder
from lark.parsers.lalr_parser_state import ParseConf, ParserState
from lark.tree import Tree

from remit.diagnostics import Finding
from remit.spans import Source, Span
from remit.syntax import findings, opened, slips, tree
from remit.syntax.build import Builder
from remit.syntax.expected import expected
from remit.syntax.lexer import BROKEN, END, Lexer, Token
from remit.syntax.steps import Steps

_OPENERS = frozenset(
    ["api", "audience", "issuer", "asserts", "scope", "role", "client", "actors", "token", "context"]
    + ["resource", "assume", "type", "let", "data", "action", "relation", "permit", "forbid"]
    + ["require", "fixtures", "test"]
)
_NESTING = frozenset(["LPAR", "LSQB", "LBRACE", "SET", "LIST", "MAP", "NOT", "ANY", "ALL"])
_LONGEST = 1_000
"""How many words of a rule are looked through for its clauses."""
_HEAD = 8
"""How many words of a statement are looked at to tell whether it could stand in another place."""
_RULES = ("permit", "forbid", "require")
_BLANKS = (" ", "\t")
_NO_KEYWORDS = ("", "SCOPE", "PRINCIPAL", "MATRIX")
_SIGNED_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+|[0-9]+[A-Za-z_][A-Za-z0-9_-]*")
_WRONG_ESCAPE = re.compile(
    r'"(?:[^"\\\n]|\\(?:["\\nrt]|u\{[0-9a-fA-F]{1,6}\}))*+(\\(?:u(?:\{[^"}\n]*\}?)?|.))'
)
_FIELD = re.compile(r"[ \t]*\??[ \t]*:")


class _NoLexer(AnyLexer):
    """Stands where lark would build a lexer, which costs and is not used: tokens come from ours."""

    lex: Any = None

    def __init__(self, _conf: object) -> None:
        pass


@cache
def _tables() -> tuple[Lark, Lexer]:
    lark = Lark.open_from_package(
        "remit_grammar", "remit.lark", parser="lalr", lexer=_NoLexer, maybe_placeholders=True
    )
    return lark, Lexer(lark.terminals)


def parse(
    source: Source, tokens: list[Token] | None = None
) -> tuple[tree.Document, tuple[Finding, ...]]:
    """The document, as far as it could be read, and what is wrong with the text.

    The tokens that the parser took are added to `tokens`.
    """
    return _Reading(source, [] if tokens is None else tokens).run()


def words(text: str, start: int, end: int) -> Iterator[Token]:
    """The tokens of a part of a text outside of statements; each word of the language is a keyword."""
    lexer = _tables()[1]
    while start < end:
        token = lexer.next(text, start, lambda kind: kind not in _NO_KEYWORDS)
        start = token.end
        if token.start < end and token.type != END:
            yield replace(token, end=min(token.end, end))


class Standing(NamedTuple):
    """Where the parser is after a part of a text.

    `takes` are the terminals that can come next, `taken` the tokens so far, `values` what is on the
    stack: tokens and nodes of the statements that are not at their end yet.
    """

    takes: frozenset[str]
    taken: tuple[Token, ...]
    values: tuple[Any, ...]


def standing(source: Source) -> Standing:
    """Where the parser is after a text, as if more came after it."""
    return _Reading(source, []).standing()


def openers() -> frozenset[str]:
    """The words that a statement of a file can begin with."""
    state = _Reading(Source("", ""), []).standing()
    return frozenset(filter(None, (spellings().get(terminal) for terminal in state.takes)))


def spellings() -> Mapping[str, str | None]:
    """The terminals of the grammar, and the text of those that have one only."""
    lark, lexer = _tables()
    return {terminal.name: lexer.spellings.get(terminal.name) for terminal in lark.terminals}


class _Reading:
    """One pass over one source."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        lark, self.lexer = _tables()
        self.source = source
        self.tokens = tokens
        self.builder = Builder(source.file)
        self.state: Any = _parser_state(lark, self.builder)
        conf = self.state.parse_conf
        self.steps = Steps(conf.states, conf.end_state, self.lexer, source.text)
        self.last = Token(BROKEN, "", 0, 0, opens_line=True)
        self.before_last: list[Any] = []
        self.line: list[Token] = []
        self.before_line: list[Any] = []
        self.lost = False

    def run(self) -> tuple[tree.Document, tuple[Finding, ...]]:
        refusal = self._read()
        return self._give_up(refusal) if refusal is not None else self._finish()

    def standing(self) -> Standing:
        self._read()
        stack = self.state.state_stack
        takes = (name for name in self._accepted() if name.isupper() and self.steps.shift(stack, name))
        return Standing(frozenset(takes), tuple(self.tokens), tuple(self.state.value_stack))

    def _read(self) -> Finding | None:
        """Read up to the end; why that was given up, if it was."""
        found = self.builder.findings
        place = 0
        for _ in range(findings.MAX_TOKENS + 1):  # the end is a token as well
            token = self.lexer.next(self.source.text, place, self._can_take)
            place = token.end
            if token.type == END:
                return None
            problem = self._feed(token)
            too_deep = self._too_deep(token)
            if too_deep is not None:
                return too_deep
            if problem is not None:
                found.append(problem)
                if len(found) >= findings.MAX_FINDINGS:
                    return findings.too_many(self._span(token))
                place = self._recover(place, token)
        return findings.too_many_tokens(Span(self.source.file, place - 1, place))

    def _accepted(self) -> dict[str, Any]:
        return self.steps.listed(self.state.state_stack)

    def _span(self, token: Token) -> Span:
        return Span(self.source.file, token.start, max(token.end, token.start + 1))

    def _too_deep(self, token: Token) -> Finding | None:
        if self.builder.too_high is not None:
            return findings.too_deep(self.builder.too_high)
        if token.type in _NESTING and token is self.last:
            opened = (v for v in self.state.value_stack if isinstance(v, Token) and v.type in _NESTING)
            if sum(1 for _ in opened) > findings.MAX_DEPTH:
                return findings.too_deep(self._span(token))
        return None

    def _feed(self, token: Token) -> Finding | None:
        if token.type == BROKEN:
            return self._broken(token)
        before = list(self.state.state_stack)  # a token that is refused may reduce the stack first
        try:
            self.state.feed_token(token)
        except UnexpectedToken:
            return self._unexpected(token, before)
        self.builder.end = token.end
        self.last, self.before_last = token, before
        if token.opens_line:
            self.line, self.before_line = [], before
        self.line.append(token)
        self.tokens.append(token)
        return None

    def _broken(self, token: Token) -> Finding:
        text, file = self.source.text, self.source.file
        if token.text in ('"', "`"):
            wrong = _WRONG_ESCAPE.match(text, token.start) if token.text == '"' else None
            if wrong is not None:
                return findings.no_escape(wrong[1], Span(file, *wrong.span(1)))
            what = "string" if token.text == '"' else "quoted name"
            return findings.unterminated(what, token.text, Span(file, token.start, self._past(token)))
        takes = partial(self.steps.take, list(self.state.state_stack))
        slip = slips.unknown(text, token.start, takes)
        if slip is None:
            return findings.unknown_character(token.text, self._span(token), None)
        span = Span(file, slip.start, slip.end)
        return findings.unknown_character(text[slip.start : slip.end], span, slip.help)

    def _unexpected(self, token: Token, stack: list[Any]) -> Finding:
        accepted = self.steps.listed(stack)
        other = {"and": "OR", "or": "AND"}.get(token.text)
        if other in accepted:
            return findings.mixed_and_or(self._span(token))
        if self.last.type == "NAME" and self.last.text in ("any", "all") and "LSQB" in accepted:
            return findings.bare_quantifier(self.last.text, self._span(self.last))
        words = (name for name in accepted if name.isupper() and name != END)
        terminals = [name for name in words if self.steps.shift(stack, name)]
        name = self._name_in_backquotes(token, terminals)
        if name is not None:
            return findings.in_backquotes(token.text, name, self._span(token))
        slip = slips.meant(self._refused(token, stack, terminals))
        if slip is None:
            said = expected(terminals, self.lexer.spellings)
            return findings.unexpected(token.text, self._span(token), said)
        span = Span(self.source.file, slip.start, slip.end)
        return findings.slipped(self.source.text[slip.start : slip.end], span, slip.help)

    def _refused(self, token: Token, stack: list[Any], terminals: list[str]) -> slips.Refused:
        """What is known of a token that is refused, and of the place where it is."""
        line, before = ([], stack) if token.opens_line else (self.line, self.before_line)

        def closes(count: int) -> bool:
            short = len(line) < _HEAD
            return short and self.steps.take(before, *"}" * count, *line, token)

        return slips.Refused(
            text=self.source.text,
            token=token,
            following=self.lexer.next(self.source.text, token.end, _nothing),
            last=self.last,
            line=line[0] if line else token,
            takes=partial(self.steps.take, stack),
            took=partial(self.steps.take, self.before_last),
            closes=closes,
            blocks=opened.blocks(self.state.value_stack, self.source.text),
            words=[self.lexer.spellings[name] for name in terminals if name in self.lexer.spellings],
            clauses=self._clauses(),
            brackets=opened.brackets(self.state.value_stack),
        )

    def _clauses(self) -> list[str]:
        """The words that a rule consists of up to here; those of other statements are no clauses."""
        said: list[str] = []
        for token in self.tokens[: -_LONGEST - 1 : -1]:
            said.append(token.text)
            if token.opens_line and token.text in _OPENERS:
                break
        return said if said and said[-1] in _RULES else []

    def _name_in_backquotes(self, token: Token, expected: list[str]) -> str | None:
        """What would be a name, and could stand here, if it were in backquotes."""
        text, last = self.source.text, self.last
        joined = None
        if token.type == "MINUS" and last.type == "NAME" and last.end == token.start:
            joined = _SIGNED_NAME.match(text, last.start)
        elif "PRINCIPAL" in expected or "BACKQUOTED" in expected:
            joined = _SIGNED_NAME.match(text, token.start)
        if joined is not None:
            return joined.group()
        if self.lexer.keywords.get(last.text) == last.type:
            states = self.steps.after(self.before_last, "BACKQUOTED")
            if states is not None and self.steps.shift(states, token.type):
                return last.text
        return None

    def _recover(self, place: int, guilty: Token) -> int:
        """Skip to the next statement, and fall back to a block that takes it; where to go on.

        Braces that are passed over count: what is between a pair of them belongs to the broken
        statement, unless it begins its line, and a block that is closed takes nothing any more.
        """
        text = self.source.text
        token = guilty
        blocks = opened.places(self.state.value_stack)
        within = closed = 0
        refused: set[tuple[str, int]] = set()
        while token.type != END:
            kind = self._opener(token)
            inside = within and (kind == "RBRACE" or text[token.start - 1] in _BLANKS)
            if kind is not None and not inside and (kind, closed) not in refused:
                outermost = blocks[-closed] if closed else len(self.state.value_stack)
                if self._fall_back(kind, outermost - (token is guilty)):
                    return token.start
                if token is not guilty:
                    refused.add((kind, closed))
            if token.text == "{":
                within += 1
            elif token.text == "}" and within:
                within -= 1
            elif token.text == "}":
                closed = min(closed + 1, len(blocks))
            token = self.lexer.next(text, place, _nothing)
            place = token.end if token.type != BROKEN else self._past(token)
        self.lost = True
        return token.start

    def _opener(self, token: Token) -> str | None:
        """The terminal that `token` is if a statement, a field or an expectation begins with it."""
        text = self.source.text
        if not token.opens_line:
            return None
        if token.text == "}":
            return "RBRACE"
        if token.type in ("NAME", "BACKQUOTED") and _FIELD.match(text, token.end):
            return token.type
        if self.lexer.opens_expectation(text, token.start):
            return "PRINCIPAL"
        if token.text in _OPENERS and text[token.end : token.end + 1] != ".":
            return self.lexer.keywords[token.text]
        return None

    def _past(self, token: Token) -> int:
        """The end of what begins with a character that no token begins with."""
        if token.text not in ('"', "`"):
            return token.end
        line_end = self.source.text.find("\n", token.start)
        return line_end if line_end >= 0 else len(self.source.text)

    def _fall_back(self, kind: str, most: int) -> bool:
        """Pop to the innermost state, with `most` values at the most, where `kind` opens a statement."""
        states = self.state.state_stack
        for depth in range(most, -1, -1):
            if self._opens(states[: depth + 1], kind):
                del states[depth + 1 :]
                del self.state.value_stack[depth:]
                return True
        return False

    def _opens(self, stack: list[Any], kind: str) -> bool:
        """Whether a statement can begin with `kind` here, where its block, or the file, can end."""
        return self.steps.shift(stack, kind) and (
            self.steps.shift(stack, "RBRACE") or self.steps.shift(stack, "API")
        )

    def _can_take(self, kind: str) -> bool:
        return kind in self._accepted() and self.steps.shift(self.state.state_stack, kind)

    def _finish(self) -> tuple[tree.Document, tuple[Finding, ...]]:
        end = self._unwritten(END, "")
        document = None
        if self._can_take(END):
            document = self.state.feed_token(end, is_end=True)
        too_deep = self._too_deep(end)
        if too_deep is not None:
            return self._give_up(too_deep)
        found = list(self.builder.findings)
        if document is None:
            if not self.lost:  # otherwise what is missing is missing because the rest was passed over
                text, values = self.source.text, self.state.value_stack
                open_ = opened.blocks(values, text) if self._can_take("RBRACE") else []
                block = opened.not_closed(text, open_[-1]) if open_ else None
                at = Span(self.source.file, max(0, self.builder.end - 1), max(1, self.builder.end))
                found.append(findings.unexpected_end(at, block))
            document = self._closed()
        return document, tuple(found)

    def _unwritten(self, kind: str, text: str) -> Token:
        return Token(kind, text, self.builder.end, self.builder.end, opens_line=True)

    def _closed(self) -> tree.Document:
        """What was read of a text that ends too early, every block that is open closed."""
        most = len(self.state.value_stack)
        for place in reversed(opened.places(self.state.value_stack)):
            if not self._can_take("RBRACE"):
                self._fall_back("RBRACE", most)  # there is a place: every block may be empty
            self.state.feed_token(self._unwritten("RBRACE", "}"))
            most = min(place, len(self.state.value_stack))
        if not self._can_take(END):
            self._fall_back(END, most)
        closed: tree.Document = self.state.feed_token(self._unwritten(END, ""), is_end=True)
        return closed

    def _give_up(self, finding: Finding) -> tuple[tree.Document, tuple[Finding, ...]]:
        return tree.Document(()), (*self.builder.findings, finding)


def _nothing(_kind: str) -> bool:
    return False


def _parser_state(lark: Lark, builder: Builder) -> Any:  # noqa: ANN401  (lark has no types for its states)
    """A fresh parser of `lark` whose reductions call `builder`, the one of this thread from now on."""
    frontend: Any = lark.parser
    conf: Any = frontend.parser.parser
    _building.builder = builder
    no_lexer: Any = None
    return ParserState(ParseConf(conf.parse_table, _callbacks(lark), "start"), no_lexer)


class _Building(threading.local):
    """The builder of the text that a thread is parsing: what lark calls is made once for all of them."""

    builder: Builder

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Any]:
        method = getattr(Builder, rule)
        return lambda children: method(self.builder, children)


_building = _Building()


@cache
def _callbacks(lark: Lark) -> Any:  # noqa: ANN401  (lark has no types for what it calls)
    builder: Any = ParseTreeBuilder
    return builder(lark.rules, Tree, maybe_placeholders=True).create_callback(_building)
