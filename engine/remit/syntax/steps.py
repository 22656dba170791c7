"""States of the parser, and what comes next -> the states after it.

A table of LALR(1) shares look-aheads between contexts: an action may be listed there that only reduces,
until nothing can take the terminal. So whether one can be taken is tried out, on a copy of the states.
"""

from typing import Any

from lark.parsers.lalr_analysis import Shift

from remit.syntax.lexer import Lexer, Token

States = list[Any]
"""A stack of the states of lark's tables, the one on top last."""


class Steps:
    """The steps that the parser of one text could take."""

    def __init__(self, tables: Any, end_state: Any, lexer: Lexer, text: str) -> None:  # noqa: ANN401  (lark has no types for them)
        """Of lark's `tables`, in which `end_state` is where a whole text has been read."""
        self._tables = tables
        self._end_state = end_state
        self._lexer = lexer
        self._text = text

    def listed(self, states: States) -> dict[str, Any]:
        """What the table lists for the state on top, by terminals and rules."""
        listed: dict[str, Any] = self._tables[states[-1]]
        return listed

    def take(self, states: States, *said: Token | str) -> bool:
        """Whether these can come, one after the other: tokens, words of the language, terminals."""
        after: States | None = states
        for each in said:
            if after is None:
                return False
            tried = (self.after(after, kind) for kind in self._kinds(each))
            after = next((states for states in tried if states is not None), None)
        return after is not None

    def shift(self, states: States, kind: str) -> bool:
        """Whether a terminal of this kind is really taken."""
        return self.after(states, kind) is not None

    def after(self, states: States, kind: str) -> States | None:
        """The states after a terminal of this kind; None where it cannot be taken."""
        stack = list(states)
        while True:
            action, argument = self._tables[stack[-1]].get(kind, (None, None))
            if action is None:
                return None
            if action is Shift:
                return [*stack, argument]
            if argument.expansion:
                del stack[-len(argument.expansion) :]
            stack.append(self._tables[stack[-1]][argument.origin.name][1])
            if stack[-1] == self._end_state:  # the end of the file is never shifted
                return stack

    def _kinds(self, said: Token | str) -> tuple[str, ...]:
        """The terminals that something could be, those of the language first."""
        text = said if isinstance(said, str) else said.text
        kinds = tuple(filter(None, (self._lexer.terminal(text),)))
        if isinstance(said, str):
            return kinds or (said,)
        opens = said.type == "NAME" and self._lexer.opens_expectation(self._text, said.start)
        return (*kinds, *(("PRINCIPAL",) if opens else ()), said.type)
