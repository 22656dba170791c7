"""Rules and how their conditions came out -> HTML: each with its text and the path that decided."""

from pygments import highlight
from pygments.formatters import HtmlFormatter

from remit.compiler.operations import Truth
from remit.compiler.ruletree import RuleReference
from remit.decider.explain import RuleTrace
from remit.decider.tracing import Step
from remit.tools.explaining.explained import Explained
from remit.tools.highlighting import PolicyLexer
from remit.tools.pages import shown
from remit.tools.testing.results import decisive

_TRUTHS: dict[Truth, tuple[str, str]] = {
    True: ("✓", "true"),
    False: ("✗", "false"),
    None: ("!", "error"),
}
_EFFECTS = {"permit": "●", "forbid": "■", "require": "◆"}
_OUTCOMES: dict[tuple[str, Truth], tuple[str, str]] = {
    ("permit", True): ("good", "permits"),
    ("permit", False): ("none", "does not apply"),
    ("permit", None): ("odd", "could not be worked out, so it does not permit"),
    ("forbid", True): ("bad", "forbids"),
    ("forbid", False): ("none", "does not apply"),
    ("forbid", None): ("odd", "could not be worked out, so it forbids"),
    ("require", True): ("bad", "is not met"),
    ("require", False): ("none", "is met, or not asked for"),
    ("require", None): ("odd", "could not be worked out, so it denies"),
}
_MOST = 100
"""Parts of one condition that are shown: a set may have a hundred thousand elements."""


def link(place: int) -> str:
    """A link to a rule by its number on the page."""
    return f'<a href="#rule-{place}">rule {place}</a>'


def rules(told: Explained) -> str:
    """All rules of the action: those that had a part in the answer first, and open."""
    placed = told.numbered()
    if not placed:
        return '<h2>The rules</h2>\n<p class="dim">The rules were not asked.</p>'
    first = [_rule(told, *each, opened=True) for each in placed if told.is_decisive(each[1])]
    rest = [_rule(told, *each, opened=False) for each in placed if not told.is_decisive(each[1])]
    parts = [
        ("The rules that decided", first),
        ("The other rules of this action", rest),
    ]
    return "\n".join(f"<h2>{title}</h2>\n{''.join(cards)}" for title, cards in parts if cards)


def _rule(told: Explained, place: int, trace: RuleTrace, *, opened: bool) -> str:
    rule = trace.rule
    kind, outcome = _OUTCOMES[rule.effect, trace.step.truth]
    because = f"<q>{shown(rule.because)}</q>" if rule.because else ""
    where = "".join(f"<span>{shown(each)}</span>" for each in told.policy.stands(rule))
    effect = f'<span aria-hidden="true">{_EFFECTS[rule.effect]}</span> {rule.effect}'
    return f"""<details class="rule {kind}" id="rule-{place}"{" open" if opened else ""}>
<summary><span class="number">{place}</span>
<span class="effect">{effect}</span>
<span class="outcome">{outcome}</span>{because}
<span class="where">{where or shown(rule.id)}</span></summary>
{_source(told, rule)}<ul class="tree">{_step(trace.step, decides=opened)}</ul>
</details>
"""


def _source(told: Explained, rule: RuleReference) -> str:
    text = told.policy.text(rule)
    if text is None:
        return ""
    coloured = highlight(text, PolicyLexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="policy"><code>{coloured}</code></pre>\n'


def _step(step: Step, *, decides: bool) -> str:
    """A condition and those under it; `decides`: it is on the path that made the answer."""
    sign, word = _TRUTHS[step.truth]
    decided_by = [id(inner) for inner in decisive(step)] if decides else []
    label = (
        f'<span class="truth"><span aria-hidden="true">{sign}</span> {word}</span> '
        f"<code>{shown(step.text)}</code>"
    )
    kind = f"{word}{' decides' if decides else ''}"
    if not step.steps:
        mark = '<span class="mark">decided</span>' if decides else ""
        return f'<li class="{kind}">{label}{mark}</li>'
    inside = sorted(step.steps, key=lambda inner: id(inner) not in decided_by)
    told = "".join(_step(inner, decides=id(inner) in decided_by) for inner in inside[:_MOST])
    more = f'<li class="dim">and {len(inside) - _MOST} more</li>' if len(inside) > _MOST else ""
    return (
        f'<li class="{kind}"><details{" open" if decides else ""}><summary>{label}</summary>'
        f"<ul>{told}{more}</ul></details></li>"
    )
