"""What can be said at the prompt."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Command(NamedTuple):
    """How a command is written, and what it does."""

    usage: str
    about: str


COMMANDS: Final[Mapping[str, Command]] = {
    "load": Command("load PATH", "another policy: a file, or a folder of them"),
    "reload": Command("reload", "the policy again, where it was changed on disk"),
    "token": Command("token FILE | JWT | { ... }", "who asks; a token that is pasted alone will do"),
    "anonymous": Command("anonymous", "no token"),
    "resource": Command(
        "resource TYPE { ... } | FILE", "what is asked about; without it, the API itself"
    ),
    "context": Command("context { ... }", "what the service says about the request"),
    "at": Command('at "2026-01-01T12:00Z" | now', "the instant"),
    "set": Command('set resource.owner "ann"', "one value of token, resource, context or action"),
    "unset": Command("unset token.scope", "one value less; `unset resource`, all of it"),
    "undo": Command("undo", "the question as it was before the last change"),
    "may": Command('may ACTION (name: "value")', "yes or no, and why; the brackets hold parameters"),
    "ask": Command("ask ACTION", "the same"),
    "explain": Command("explain [ACTION]", "how each rule came out"),
    "fix": Command("fix [ACTION]", "what would turn a denial"),
    "rules": Command("rules [TYPE]", "the rules, and where they stand"),
    "show": Command("show", "the question as it stands"),
    "save": Command("save NAME", "the question and its answer as a test, to paste"),
    "help": Command("help [COMMAND]", "this"),
    "quit": Command("quit", "the end; so is Ctrl-D"),
}

_EXAMPLE = """
For example
  token { sub: "ann", scope: "read:documents", roles: ["viewer"] }
  resource Document { owner: "bob" }
  may read
  set resource.owner "ann"
Values are written as in a policy's tests, or as JSON."""


def overview() -> list[str]:
    """All commands, one in each line."""
    wide = max(len(command.usage) for command in COMMANDS.values())
    lines = [f"  {command.usage:<{wide}}  {command.about}" for command in COMMANDS.values()]
    return [*lines, *_EXAMPLE.splitlines()]
