"""L0: what is wrong with a comment that allows a finding."""

from remit.diagnostics import Code
from remit.linter.catalogue.entry import Entry

ENTRIES = (
    Entry(
        Code.ALLOWED_WITHOUT_REASON,
        "allowed-without-reason",
        "`# lint: allow` without a reason",
        "Whoever reads the policy next has to know why the finding may stand.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived # lint: allow L205
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived # lint: allow L205 because the reason is confidential
}
""",
    ),
    Entry(
        Code.ALLOWED_UNKNOWN,
        "allowed-unknown",
        "`# lint: allow` with what is no code",
        "It allows nothing. `remit lint --list` says which codes there are; errors cannot be allowed.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  # lint: allow L999 because it was once
  forbid read when archived because "the document is archived"
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "the document is archived"
}
""",
    ),
    Entry(
        Code.ALLOWED_IN_VAIN,
        "allowed-in-vain",
        "`# lint: allow` where there is nothing to allow",
        "What it was about has gone, and the comment would hide the next one.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  # lint: allow L205 because the reason is confidential
  forbid read when archived because "the document is archived"
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived because "the document is archived"
}
""",
    ),
)
