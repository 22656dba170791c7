"""A scope as it is written -> the declared scopes that it names."""

from collections.abc import Iterator

from remit.checker.scopes import Budget, fits, is_group, multiplied
from remit.syntax import tree
from remit.tools.language_server.declaring import Declared
from remit.tools.language_server.symbols import Occurrence, Sort, Symbol

_MOST = 2_000
_ANY = "{*}"


def scope(name: tree.Name, declared: Declared, *, declares: bool = False) -> Iterator[Occurrence]:
    """The occurrence that a scope or a group of them is, where it names any that is declared."""
    symbols = tuple(Symbol(Sort.SCOPE, "", text) for text in named(name, declared))
    if symbols:
        yield Occurrence(name.span, symbols, declares)


def named(name: tree.Name, declared: Declared) -> list[str]:
    """The declared scopes that are named."""
    if not is_group(name):
        return [name.text] if name.text in declared.scopes else []
    found: dict[str, None] = {}
    for text in multiplied(name, Budget([], _MOST)):
        if _ANY in text:
            found |= dict.fromkeys(each for each in declared.scopes if fits(each, text))
        elif text in declared.scopes:
            found[text] = None
    return list(found)
