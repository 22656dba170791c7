"""Coverage -> a report for a terminal, a record for JSON, and an HTML page."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from remit.diagnostics import printable
from remit.spans import Source
from remit.tools import pages
from remit.tools.testing.coverage import CONDITIONS, EFFECTS, NO_EFFECT, RULES, Coverage, Shown
from remit.tools.testing.results import Places

_KINDS = (RULES, CONDITIONS, EFFECTS)


def in_words(shown: Shown, places: Places) -> str:
    """What is missing: ``never false: `owner` ``. Without a value there is no effect either."""
    words = [each for each in shown.missing if each != NO_EFFECT] or list(shown.missing)
    rule, here = places.of(shown.rule), places.of(shown.span)
    of = "" if rule == here else f" (for the rule at {rule})"
    return f"{', '.join(words)}: `{printable(shown.text)}`{of}"


def lines(coverage: Coverage, places: Places) -> Iterator[str]:
    """The report: what is missing, by file and line, and the three shares."""
    for shown in _missing(coverage, places):
        yield f"{places.of(shown.span)}: {in_words(shown, places)}"
    for kind in _KINDS:
        reached, asked = coverage.counts(kind)
        yield f"{kind}: {reached} of {asked} ({coverage.percent(kind):.1f} %)"


def record(coverage: Coverage, places: Places) -> Mapping[str, Any]:
    """The same as plain data."""
    shares = {
        kind.replace(" ", "_"): dict(zip(("reached", "of"), coverage.counts(kind), strict=True))
        for kind in _KINDS
    }
    missing = [
        {
            "file": shown.span.file,
            "line": places.line(shown.span),
            "rule_line": places.line(shown.rule),
            "kind": "rule" if shown.is_rule else "condition",
            "text": shown.text,
            "missing": list(shown.missing),
        }
        for shown in _missing(coverage, places)
    ]
    return {**shares, "missing": missing}


def _missing(coverage: Coverage, places: Places) -> list[Shown]:
    found = [shown for shown in coverage.shown if shown.missing]
    return sorted(found, key=lambda shown: (shown.span.file, places.line(shown.span)))


_STYLE = """
table.shares td { padding: .1rem 1.5rem .1rem 0; font-variant-numeric: tabular-nums; }
ol { list-style: none; margin: 0; padding: .5rem 0; border: 1px solid var(--rule); border-radius: 6px;
  overflow-x: auto; font: 13px/1.55 ui-monospace, monospace; }
li { display: grid; grid-template-columns: 4rem 1fr; }
li > a { color: var(--dim); text-align: right; padding-right: 1rem; text-decoration: none; }
li > code { white-space: pre; font: inherit; }
li.good > a { box-shadow: inset -3px 0 var(--good); background: var(--good-paper); }
li.bad > a { box-shadow: inset -3px 0 var(--bad); background: var(--bad-paper); }
li > p { grid-column: 2; margin: 0; color: var(--bad); white-space: pre-wrap; }
""".strip()
_TITLE = "What the policy's tests show"


def page(coverage: Coverage, sources: Sequence[Source], places: Places) -> str:
    """The policy's text with what is missing under its lines: one page that asks for nothing else."""
    shares = "".join(
        f"<tr><td>{kind}</td><td>{coverage.counts(kind)[0]} of {coverage.counts(kind)[1]}</td>"
        f"<td>{coverage.percent(kind):.1f} %</td></tr>"
        for kind in _KINDS
    )
    files = "\n".join(_file(number, each, coverage, places) for number, each in enumerate(sources))
    body = f'<h1>{_TITLE}</h1>\n<table class="shares">{shares}</table>\n{files}'
    return pages.page(_TITLE, _STYLE, body)


def _file(number: int, source: Source, coverage: Coverage, places: Places) -> str:
    by_line: dict[int, list[Shown]] = {}
    for shown in coverage.shown:
        if shown.span.file == source.file:
            by_line.setdefault(places.line(shown.span), []).append(shown)
    rows = "\n".join(
        _row(f"f{number}-{line}", text, by_line.get(line, []), places)
        for line, text in enumerate(source.text.split("\n"), 1)
    )
    return f"<h2>{escape(printable(source.file))}</h2>\n<ol>\n{rows}\n</ol>"


def _row(anchor: str, text: str, here: Sequence[Shown], places: Places) -> str:
    missing = [in_words(shown, places) for shown in here if shown.missing]
    kind = "bad" if missing else "good" if here else ""
    notes = "".join(f"<p>{escape(words)}</p>" for words in missing)
    code, line = escape(text.rstrip("\r")), anchor.partition("-")[2]
    return (
        f'<li id="{anchor}" class="{kind}"><a href="#{anchor}">{line}</a><code>{code}</code>{notes}</li>'
    )
