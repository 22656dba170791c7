"""L1: what is wrong inside a condition."""

from remit.diagnostics import Code
from remit.linter.catalogue.entry import Entry

ENTRIES = (
    Entry(
        Code.CONSTANT_COMPARISON,
        "constant-comparison",
        "a comparison of constants",
        "Both sides stand in the policy, so the test comes out the same for every request. Most "
        "likely one side was to be an attribute.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived and 5 > 3 because "archived" # L101
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "archived"
}
""",
    ),
    Entry(
        Code.SAME_ON_BOTH_SIDES,
        "same-on-both-sides",
        "a value compared with itself",
        "It comes out the same for every request that has the value. Where a resource and a token "
        "have members of one name, `token.` is easily left out.",
        """\
resource Document {
  size:  int
  limit: int
  action read needs read:documents
  permit read to entitled when size <= limit and limit <= limit # L102
}
""",
        """\
resource Document {
  size:  int
  limit: int
  action read needs read:documents
  permit read to entitled when size <= limit
}
""",
    ),
    Entry(
        Code.SETTLED_BY_TYPE,
        "settled-by-type",
        "a comparison whose outcome its type settles",
        "Nothing of this type makes the test come out otherwise: an ordered type has nothing below "
        "its first value, nothing is in an empty list, and a count is never negative.",
        """\
resource Document {
  level: "none" < "read" < "write"
  action read needs read:documents
  permit read to entitled when level >= "none" # L103
}
""",
        """\
resource Document {
  level: "none" < "read" < "write"
  action read needs read:documents
  permit read to entitled when level >= "read"
}
""",
    ),
    Entry(
        Code.CONTRADICTION,
        "contradiction",
        "operands of `and` that rule each other out",
        "No request makes them true together, so this part of the condition does nothing. Where a "
        "whole rule is never true for it, the checker says so (R407).",
        """\
resource Document {
  status: "draft" | "final" | "void"
  shared: bool
  action read needs read:documents
  permit read to entitled when shared or (status == "draft" and status == "final") # L104
}
""",
        """\
resource Document {
  status: "draft" | "final" | "void"
  shared: bool
  action read needs read:documents
  permit read to entitled when shared or status in ["draft", "final"]
}
""",
    ),
    Entry(
        Code.TAUTOLOGY,
        "tautology",
        "operands of `or` of which one is always true",
        "Together they leave nothing out, so the condition tests nothing. `!=` on both sides of `or` "
        "is the common case: `and` was meant.",
        """\
resource Document {
  status: "draft" | "final" | "void"
  action read needs read:documents
  permit read to entitled when status != "draft" or status != "void" # L105
}
""",
        """\
resource Document {
  status: "draft" | "final" | "void"
  action read needs read:documents
  permit read to entitled when status != "draft" and status != "void"
}
""",
    ),
    Entry(
        Code.REPEATED_OPERAND,
        "repeated-operand",
        "an operand, a subject or a need that stands there twice",
        "The second adds nothing. Was something else meant?",
        """\
resource Document {
  archived: bool
  locked:   bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived or locked or archived because "put away" # L106
}
""",
        """\
resource Document {
  archived: bool
  locked:   bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived or locked because "put away"
}
""",
        fixed=True,
    ),
    Entry(
        Code.IMPLIED_OPERAND,
        "implied-operand",
        "an operand that another one decides already",
        "It adds nothing to the one beside it. A bound may be the wrong one, or an alternative may "
        "have been meant to be wider.",
        """\
resource Document {
  size: int
  action read needs read:documents
  permit read to entitled when size > 10 and size > 5 # L107
}
""",
        """\
resource Document {
  size: int
  action read needs read:documents
  permit read to entitled when size > 10
}
""",
    ),
    Entry(
        Code.DOUBLE_NEGATION,
        "double-negation",
        "`not not`",
        "Two negations say what none says, and are read wrong.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when not (not archived) because "archived" # L108
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "archived"
}
""",
        fixed=True,
    ),
    Entry(
        Code.UNLESS_NOT,
        "unless-not",
        "`unless not`",
        "`unless` negates already: `when` says the same without a negation.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read unless not archived because "archived" # L109
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "archived"
}
""",
        fixed=True,
    ),
    Entry(
        Code.NEGATED_COMPARISON,
        "negated-comparison",
        "`not` before a comparison that has an opposite",
        "`not a == b` may be read as `(not a) == b`. `a != b`, `a not in b` and `a >= b` cannot be "
        "misread, and err where the other does.",
        """\
resource Document {
  status: string
  action read needs read:documents
  permit read to entitled when not status == "draft" # L110
}
""",
        """\
resource Document {
  status: string
  action read needs read:documents
  permit read to entitled when status != "draft"
}
""",
        fixed=True,
    ),
    Entry(
        Code.COMPARED_WITH_BOOLEAN,
        "compared-with-boolean",
        "a bool compared with `true` or `false`",
        "A bool is a condition by itself; with `not` before it, it is the opposite.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived == true because "archived" # L111
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "archived"
}
""",
        fixed=True,
    ),
    Entry(
        Code.REPEATED_ELEMENT,
        "repeated-element",
        "a constant that stands in a set twice",
        "A set has each of its elements once. Was another value meant?",
        """\
resource Document {
  status: string
  action read needs read:documents
  permit read to entitled when status in ["draft", "final", "draft"] # L112
}
""",
        """\
resource Document {
  status: string
  action read needs read:documents
  permit read to entitled when status in ["draft", "final"]
}
""",
        fixed=True,
    ),
    Entry(
        Code.PATTERN_WITHOUT_WILDCARD,
        "pattern-without-wildcard",
        "`like` with a pattern that has no wildcard",
        "The pattern matches one text only. Either a `*` is missing, or `==` was meant, which does "
        "not refuse `..` and `%` as `like` does.",
        """\
resource Document {
  path: string
  action read needs read:documents
  permit read to entitled when path like "/public" # L113
}
""",
        """\
resource Document {
  path: string
  action read needs read:documents
  permit read to entitled when path like "/public/**"
}
""",
    ),
    Entry(
        Code.UNUSED_QUANTIFIED_NAME,
        "unused-quantified-name",
        "`any` or `all` over elements that its condition does not look at",
        "The condition is the same for each element, so only whether there is one matters. Most "
        "likely the name before a dot is the wrong one.",
        """\
resource Document {
  owner:  user
  shares: list<{ with: user, until: datetime }>
  action read needs read:documents
  permit read to entitled when any s in shares where owner == token.sub # L114
}
""",
        """\
resource Document {
  owner:  user
  shares: list<{ with: user, until: datetime }>
  action read needs read:documents
  permit read to owner
  permit read to entitled when any s in shares where s.with == token.sub and now < s.until
}
""",
    ),
    Entry(
        Code.ANY_FOR_IN,
        "any-for-in",
        "`any` that only looks for an element",
        "`in` says the same in fewer words, and is decided faster.",
        """\
resource Document {
  tags: set<string>
  action read needs read:documents
  permit read to entitled when any t in tags where t == "public" # L115
}
""",
        """\
resource Document {
  tags: set<string>
  action read needs read:documents
  permit read to entitled when "public" in tags
}
""",
        fixed=True,
    ),
    Entry(
        Code.NEEDLESS_FALLBACK,
        "needless-fallback",
        "`??` after `has` has made sure that the value is there",
        "What stands to the right of `??` is never taken here, and yet reads as if it were.",
        """\
resource Document {
  size?: int
  action read needs read:documents
  permit read to entitled when has size and size ?? 100 < 10 # L116
}
""",
        """\
resource Document {
  size?: int
  action read needs read:documents
  permit read to entitled when has size and size < 10
}
""",
        fixed=True,
    ),
)
