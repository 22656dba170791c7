"""A conversation at a terminal: history, completion, and no error that ends it.

The history is kept without tokens: what a token says is about people.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from remit.tools.colours import findings, say
from remit.tools.failing import failure
from remit.tools.repl.commands import COMMANDS
from remit.tools.repl.completing import completions
from remit.tools.repl.session import Session, about
from remit.tools.repl.spelling import is_open

_PROMPT, _MORE = "> ", "... "
_KEPT = re.compile(rf"(?!token\b|set\s+token\b)(?:{'|'.join(COMMANDS)})\b")


def prompt(session: Session) -> None:
    """Ask for lines until there are no more."""
    asking: PromptSession[str] = PromptSession(
        history=_history(), completer=Completing(session), complete_while_typing=False
    )
    if session.policy is not None:
        print("\n".join(about(session.policy)))
    print("`help` lists what can be said; Ctrl-D ends")
    while True:
        try:
            line = _whole(asking.prompt)
            reply = session.run(line)
        except EOFError:
            return
        except KeyboardInterrupt:
            continue
        except Exception as error:  # noqa: BLE001  (whatever it is, the conversation goes on)
            say(failure(error)[1], findings, stream=sys.stderr)
            continue
        reply.show()
        if reply.ends:
            return


def _whole(ask: Callable[[str], str]) -> str:
    """A line, and those after it as long as a bracket stands open."""
    text = ask(_PROMPT)
    while is_open(text):
        text += "\n" + ask(_MORE)
    return text


class Completing(Completer):
    """What the prompt asks for words."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The words that could come next."""
        del complete_event
        words, length = completions(self._session, document.text_before_cursor)
        return (Completion(word, -length) for word in words)


class _WithoutTokens(FileHistory):
    """A history of commands, without those that say something of a token."""

    def store_string(self, string: str) -> None:
        """Write a line to the file."""
        if _KEPT.match(string.strip()):
            super().store_string(string)


def _history() -> History:
    """The user's, in the folder for what programs remember; one that is forgotten where none can be."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    file = Path(state) / "remit" / "history"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
    except OSError:
        return InMemoryHistory()
    return _WithoutTokens(str(file))
