"""What the syntax stage says."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from remit.diagnostics import Code, Finding
from remit.spans import Span

MAX_BYTES = 2 * 1024 * 1024
MAX_TOKENS = 250_000
MAX_DEPTH = 64
MAX_FINDINGS = 50


def not_utf8(span: Span, offset: int) -> Finding:
    """The file is not UTF-8 from byte `offset` on."""
    return Finding(
        Code.ENCODING, f"not UTF-8 text from byte {offset} on", span, "save the file as UTF-8"
    )


def byte_order_mark(span: Span) -> Finding:
    """The file begins with U+FEFF."""
    message = "the file begins with a byte order mark"
    return Finding(Code.BYTE_ORDER_MARK, message, span, "save the file as UTF-8 without it")


def forbidden_character(character: str, span: Span) -> Finding:
    """A control, format or unassigned character stands in the text."""
    code = f"U+{ord(character):04X}"
    hint = f"inside a string write \\u{{{ord(character):x}}}"
    return Finding(Code.FORBIDDEN_CHARACTER, f"{code} may not stand in a policy", span, hint)


def too_large(span: Span, size: int) -> Finding:
    """The file is over the limit."""
    message = f"the file has {size} bytes, more than {MAX_BYTES}"
    return Finding(Code.TOO_LARGE, message, span, "split it into several files")


def too_many_tokens(span: Span) -> Finding:
    """The file has more tokens than are read."""
    message = f"the file has more than {MAX_TOKENS} words and signs"
    return Finding(Code.TOO_MANY_TOKENS, message, span, "split it into several files")


def too_deep(span: Span) -> Finding:
    """Nesting passes the limit."""
    return Finding(Code.TOO_DEEP, f"nested more than {MAX_DEPTH} deep", span)


def too_many(span: Span | None) -> Finding:
    """Reporting stops here."""
    return Finding(Code.TOO_MANY_FINDINGS, f"more than {MAX_FINDINGS} findings; stopped here", span)


def unexpected(text: str, span: Span, expected: Sequence[str]) -> Finding:
    """The grammar cannot take this token here, but what is expected."""
    hint = "expected " + " or ".join(filter(None, [", ".join(expected[:-1]), expected[-1]]))
    return Finding(Code.UNEXPECTED, f"unexpected `{text}`", span, hint)


def slipped(text: str, span: Span, hint: str) -> Finding:
    """The grammar cannot take this here, and what was meant can be told."""
    return Finding(Code.UNEXPECTED, f"unexpected `{text}`", span, hint)


def in_backquotes(text: str, name: str, span: Span) -> Finding:
    """The grammar cannot take this token here, but could if `name` were written as a name."""
    hint = f"if `{name}` is a name, put it in backquotes: it is no plain one here"
    return Finding(Code.UNEXPECTED, f"unexpected `{text}`", span, hint)


def mixed_and_or(span: Span) -> Finding:
    """`a and b or c`."""
    message = "`and` and `or` stand side by side"
    return Finding(Code.MIXED_AND_OR, message, span, "put one of them in parentheses")


def bare_quantifier(word: str, span: Span) -> Finding:
    """`a and any b in c where d`."""
    message = f"unexpected `{word}` beside `and`, `or` or another operator"
    hint = f"put `{word} ... in ... where ...` in parentheses"
    return Finding(Code.UNEXPECTED, message, span, hint)


def unexpected_end(span: Span, block: str | None) -> Finding:
    """The text ends inside a statement; `block` says of what could be closed here that it is open."""
    missing = "something is missing" if block is None else "a `}` is missing"
    return Finding(Code.UNEXPECTED_END, f"the file ends where {missing}", span, block)


def unknown_character(text: str, span: Span, hint: str | None) -> Finding:
    """No token begins like this."""
    return Finding(Code.UNKNOWN_CHARACTER, f"`{text}` has no meaning here", span, hint)


def unterminated(what: str, sign: str, span: Span) -> Finding:
    """A string or backquoted name does not end on its line."""
    string = r'`"` ends it; a line break inside is written `\n`'
    hint = string if sign == '"' else "a backquote ends it"
    return Finding(Code.UNTERMINATED, f"this {what} does not end on its line", span, hint)


def bad_escape(span: Span) -> Finding:
    r"""`\u{...}` names no character."""
    return Finding(Code.BAD_ESCAPE, "this escape names no character", span)


def no_escape(text: str, span: Span) -> Finding:
    """A backslash in a string, and something else after it than makes an escape."""
    hint = r"the escapes are \" \\ \n \r \t and \u{HEX}"
    return Finding(Code.BAD_ESCAPE, f"`{text}` is no escape", span, hint)


def bad_number(span: Span) -> Finding:
    """The number does not fit."""
    return Finding(Code.BAD_NUMBER, "the number does not fit into 64 bits", span)


def long_decimal(digits: int, span: Span) -> Finding:
    """The number has more digits than are calculated with."""
    return Finding(Code.BAD_NUMBER, f"the number has more than {digits} digits", span)


def long_duration(span: Span) -> Finding:
    """The duration is longer than any that is calculated with."""
    return Finding(Code.BAD_NUMBER, "the duration is too long", span)


def bad_scope(span: Span) -> Finding:
    """Backquotes around what RFC 6749 does not let be a scope."""
    hint = 'a scope is printable ASCII without blanks, `"` and `\\` (RFC 6749, section 3.3)'
    return Finding(Code.BAD_SCOPE, "this cannot be the name of a scope", span, hint)


def quoted_braces(span: Span) -> Finding:
    """Backquotes around braces, which always make a group."""
    message = "a scope whose name holds a brace cannot be written"
    return Finding(Code.BAD_SCOPE, message, span, "braces name a group, and stand without backquotes")


def unreadable(file: str, reason: str, beside: Iterable[str] = ()) -> Finding:
    """The file cannot be opened; `beside` are those that are where it would be."""
    near = get_close_matches(file, list(beside), n=1)
    help_ = f"did you mean `{near[0]}`?" if near else None
    return Finding(Code.UNREADABLE, f"cannot read `{file}`: {reason}", None, help_)


def other_ending(file: str) -> Finding:
    """A file of the folder that is left out for a capital letter in its name."""
    message = f"`{file}` is not read: the names of policy files end with `.remit`"
    return Finding(Code.OTHER_ENDING, message, None, "rename it, or move it elsewhere")


def empty_file(span: Span) -> Finding:
    """Nothing stands in the file: it was cut off, or is about to be written."""
    hint = "remove the file, or say in a comment that it is meant"
    return Finding(Code.EMPTY_FILE, "the file is empty", span, hint)


def no_policy(path: str, below: str | None = None) -> Finding:
    """No policy file there; `below` is a folder inside that has some."""
    help_ = f"did you mean `{below}`?" if below else None
    return Finding(Code.NO_POLICY, f"no `.remit` file at `{path}`", None, help_)
