"""What is told of a request -> an HTML page for a person: the answer, why, and of what request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remit.checker.checked import Root
from remit.decider.decision import Decision, Layer, Verdict, plain
from remit.tools import pages
from remit.tools.explaining import page_rules, report
from remit.tools.explaining.explained import Explained
from remit.tools.explaining.page_style import STYLE
from remit.tools.inputs import UNVERIFIED
from remit.tools.pages import shown
from remit.tools.terminal import counted

_LAYERS = {
    Layer.TOKEN: "valid, in force, and meant for this API",
    Layer.SCOPE: "what the application was granted",
    Layer.PERMISSION: "what the caller holds",
    Layer.RULES: "what the policy says of this request",
}
_SIGNS = {
    Verdict.PASSED: ("good", "✓"),
    Verdict.FAILED: ("bad", "✗"),
    Verdict.ERROR: ("odd", "!"),
    Verdict.NOT_NEEDED: ("none", "·"),
    Verdict.NOT_ASKED: ("none", "·"),
}
_ADMISSION = frozenset(("iss", "aud", "exp", "nbf", "iat"))
_SCOPES = frozenset(("scope", "scp"))
_TIMES = frozenset(("exp", "nbf", "iat", "auth_time"))
_LONGEST = 2000
"""Characters of one value that are shown."""


def page(told: Explained, again: Sequence[str] = ()) -> str:
    """The page; it stands for itself. `again` says how the answer compares with a recorded one."""
    decision = told.explanation.decision
    parts = [
        _verdict(told, again),
        _layers(told),
        _fixes(told),
        *_obligations(decision),
        page_rules.rules(told),
        _request(told),
        _facts(told),
    ]
    answer = "Allowed" if decision.allowed else "Denied"
    return pages.page(f"{answer}: {told.action}", STYLE, "\n".join(filter(None, parts)))


def _verdict(told: Explained, again: Sequence[str]) -> str:
    decision = told.explanation.decision
    kind, sign, answer = ("good", "✓", "Allowed") if decision.allowed else ("bad", "✗", "Denied")
    asked = f"<b>{shown(told.action)}</b> {_target(told)}"
    notes = [*again, *([UNVERIFIED] if told.request.unverified else [])]
    note = "".join(f'<p class="note">{shown(each)}</p>' for each in notes)
    also = "".join(f"<li>{shown(denial.message)}</li>" for denial in decision.denials[1:])
    also = f'<ul class="also">{also}</ul>' if also else ""
    return f"""<header class="verdict {kind}">
<p class="sign" aria-hidden="true">{sign}</p>
<div><h1>{answer}</h1>
<p class="asked">{_who(told)} asks to {asked}</p>
<p class="reason">{shown(decision.reason)}</p>{also}{note}</div>
</header>"""


def _who(told: Explained) -> str:
    if told.request.claims is None:
        return "A caller without a token"
    return f"<code>{_text(told.request.claims.get('sub', 'a token without a subject'))}</code>"


def _target(told: Explained) -> str:
    kind = told.request.resource[0] if told.request.resource else None
    return "of the API itself" if kind is None else f"<code>{shown(kind)}</code>"


def _layers(told: Explained) -> str:
    verdicts = told.explanation.decision.layers._asdict()
    cards: list[str] = []
    for layer, about in _LAYERS.items():
        verdict = verdicts[layer]
        kind, sign = _SIGNS[verdict]
        notes = "".join(f"<li>{note}</li>" for note in _notes(told, layer))
        notes = f"<ul>{notes}</ul>" if notes else ""
        cards.append(
            f'<li class="{kind}"><h3>{layer}</h3><p class="about">{about}</p>'
            f'<p class="said"><span aria-hidden="true">{sign}</span> {verdict}</p>{notes}</li>'
        )
    return f'<h2>The four layers</h2>\n<ol class="layers">{"".join(cards)}</ol>'


def _notes(told: Explained, layer: Layer) -> Iterator[str]:
    """What a layer said, each note as HTML."""
    decision = told.explanation.decision
    if decision.layers._asdict()[layer] is Verdict.ERROR:
        yield "it could not be worked out"
    match layer:
        case Layer.SCOPE:
            if told.needs:
                yield f"the action needs {' or '.join(map(_set, told.needs))}"
            if decision.missing_scopes:
                yield f"missing: {_names(decision.missing_scopes)}"
            if told.ceiling is not None:
                yield _marked(told.ceiling)
        case Layer.PERMISSION:
            if decision.missing_roles:
                yield f"any of these roles would help: {', '.join(map(_name, decision.missing_roles))}"
        case _:
            messages = [each.message for each in decision.denials if each.layer == layer]
            if layer is Layer.RULES and not messages:
                yield from _rules_said(decision)
            yield from map(shown, messages)
            if layer is Layer.TOKEN and told.who is not None and told.who.binding.problem is None:
                yield f"in force until {_instant(told.who.binding.expires)}"


def _rules_said(decision: Decision) -> Iterator[str]:
    if decision.allowed:
        yield shown(decision.reason)
    elif decision.layers.rules is Verdict.FAILED:
        yield "no permit applies"


def _set(names: tuple[str, ...]) -> str:
    return f"({_names(names)})" if len(names) > 1 else _names(names) or "nothing"


def _names(names: tuple[str, ...]) -> str:
    return " and ".join(map(_name, names))


def _name(name: str) -> str:
    return f"<code>{shown(name)}</code>"


def _fixes(told: Explained) -> str:
    if told.explanation.allowed:
        return ""
    groups = [
        f"<dt>{' and '.join(makers)}</dt><dd><ul>"
        f"{''.join(f'<li>{_marked(str(fix))}</li>' for fix in fixes)}</ul></dd>"
        for makers, fixes in told.fixes.by_makers().items()
    ]
    listed = f'<dl class="fixes">{"".join(groups)}</dl>' if groups else ""
    if not (groups or told.fixes.untried):
        listed = '<p class="dim">No few changes would.</p>'
    hint = report.in_force(told)
    notes = [*(["there may be more"] if told.fixes.cut else []), *([hint] if hint else [])]
    rest = "".join(f'<p class="dim">{_marked(note)}</p>' for note in notes)
    return f"<h2>What would change it, by who has to act</h2>\n{listed}{_untried(told)}{rest}"


def _untried(told: Explained) -> str:
    """The tests that stood in the way, and that no change is known for."""
    tests = told.fixes.untried
    if not tests:
        return ""
    said = "".join(f"<li><code>{shown(test)}</code></li>" for test in tests)
    return (
        f'<details class="dim"{"" if told.fixes.fixes else " open"}>'
        f"<summary>No change is known for {counted(len(tests), 'part')} of it</summary>"
        f"<ul>{said}</ul></details>"
    )


def _marked(text: str) -> str:
    """Text with what stands in backquotes as code."""
    parts = shown(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _obligations(decision: Decision) -> Iterator[str]:
    for each in decision.obligations:
        rows = "".join(
            f"<tr><th scope=row>{shown(name)}</th><td><code>{_text(plain(value))}</code></td></tr>"
            for name, value in each.values.items()
        )
        table = f'<table class="owed"><tbody>{rows}</tbody></table>'
        yield f"<h2>Obliges to {shown(each.name)}</h2>\n{table}"


def _request(told: Explained) -> str:
    request = told.request
    kind, attributes = request.resource or ("", None)
    tables = [
        _table("Claims of the token", request.claims, _read_claims(told), times=True),
        _table(f"Attributes of the {kind}", attributes, _read_members(told, Root.RESOURCE)),
        _table("Context", request.context, _read_members(told, Root.CONTEXT)),
        _table("Parameters of the action", request.parameters, _read_members(told, Root.ACTION)),
    ]
    return "<h2>The request</h2>\n" + ("".join(tables) or '<p class="dim">Nothing was handed in.</p>')


def _read_claims(told: Explained) -> dict[str, list[str]]:
    """Who read each claim that the token has."""
    read: dict[str, list[str]] = {name: ["token"] for name in _ADMISSION}
    for place, trace in told.numbered():
        for name in told.claims[trace.rule.id]:
            read.setdefault(name, []).append(page_rules.link(place))
    if told.needs:
        for name in _SCOPES:
            read.setdefault(name, []).insert(0, "scope")
    return {name: by for name, by in read.items() if name in (told.request.claims or ())}


def _read_members(told: Explained, root: Root) -> dict[str, list[str]]:
    """Which rules read each member, whether it was handed in or not."""
    read: dict[str, list[str]] = {}
    for place, trace in told.numbered():
        for member in told.reads[trace.rule.id]:
            if member.root is root:
                read.setdefault(member.name, []).append(page_rules.link(place))
    return read


def _table(
    title: str, held: Mapping[str, Any] | None, read: Mapping[str, list[str]], *, times: bool = False
) -> str:
    """Names, values and who read each: what was read stands first, whether it is there or not."""
    names = dict.fromkeys((*sorted(held or (), key=lambda name: name not in read), *read))
    if not names:
        return ""
    rows = "".join(_row(name, held or {}, read.get(name, []), times=times) for name in names)
    head = "<tr><th scope=col>name</th><th scope=col>value</th><th scope=col>read by</th></tr>"
    return f"<table><caption>{shown(title)}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _row(name: str, held: Mapping[str, Any], by: list[str], *, times: bool) -> str:
    marked = ", ".join(by) or '<span class="dim">nobody</span>'
    return (
        f'<tr class="{"read" if by else "unread"}"><th scope=row><code>{shown(name)}</code></th>'
        f"<td>{_value(name, held, times=times)}</td><td>{marked}</td></tr>"
    )


def _value(name: str, held: Mapping[str, Any], *, times: bool) -> str:
    if name not in held:
        return '<span class="dim">not there</span>'
    value, when = held[name], ""
    if times and name in _TIMES and isinstance(value, int | float):
        when = f' <span class="dim">{_instant(value)}</span>'
    return f"<code>{_text(value)}</code>{when}"


def _text(value: object) -> str:
    """A value as JSON has it; a string as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def _facts(told: Explained) -> str:
    decision, policy = told.explanation.decision, told.policy
    until = decision.valid_until
    facts = {
        "policy": f"{shown(policy.path)}, digest <code>{policy.engine.digest}</code>",
        "decided as of": "now" if told.request.now is None else _instant(told.request.now),
        "holds until": (
            "the token, the request or the policy changes"
            if until is None
            else f"{_instant(until)}, where nothing else changes"
        ),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    return f'<footer><dl class="facts">{rows}</dl></footer>'


def _instant(seconds: float) -> str:
    try:
        return f"<time>{report.instant(seconds)}</time>"
    except (OverflowError, ValueError, OSError):
        return "the end of time"
