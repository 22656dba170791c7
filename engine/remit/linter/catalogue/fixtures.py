"""L4: what is wrong with a test."""

from remit.diagnostics import Code
from remit.linter.catalogue.entry import Entry

ENTRIES = (
    Entry(
        Code.TEST_WITHOUT_EXPECTATIONS,
        "test-without-expectations",
        "a test that expects nothing",
        "It passes whatever the policy says.",
        """\
resource Document {
  action read needs read:documents
  permit read to entitled
}

test "documents" { # L401
  token ann { scope: "read:documents", permissions: ["read:documents"] }
  resource plan: Document {}
}
""",
        """\
resource Document {
  action read needs read:documents
  permit read to entitled
}

test "documents" {
  token ann { scope: "read:documents", permissions: ["read:documents"] }
  resource plan: Document {}

  ann may read plan
}
""",
    ),
    Entry(
        Code.DENIAL_WITHOUT_REASON,
        "denial-without-reason",
        "`may not` without `missing` or `because`",
        "It passes whatever denies the request: a slip in the token of the test, or a rule that it "
        "was not about. Say what the token lacks, or give the reason that the denial has to give.",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  resource plan: Document { owner: "bob" }

  ann may not read plan # L402
}
""",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  resource plan: Document { owner: "bob" }

  ann may not read plan because "no permit applies"
}
""",
    ),
    Entry(
        Code.UNUSED_FIXTURE,
        "unused-fixture",
        "a token or resource of a test that no expectation speaks of",
        "Was an expectation forgotten, or is it about another one than its author thinks?",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  token eve { scope: "read:documents" } # L403
  resource plan: Document { owner: "ann" }

  ann may read plan
}
""",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  token eve { scope: "read:documents" }
  resource plan: Document { owner: "ann" }

  ann may read plan
  eve may not read plan because "no permit applies"
}
""",
    ),
    Entry(
        Code.REPEATED_EXPECTATION,
        "repeated-expectation",
        "an expectation that stands in its test twice",
        "The second shows nothing new. Was another request meant?",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  resource plan: Document { owner: "ann" }

  ann may read plan
  ann may read plan # L404
}
""",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

test "documents" {
  token ann { scope: "read:documents" }
  resource plan: Document { owner: "ann" }

  ann may read plan
}
""",
        fixed=True,
    ),
    Entry(
        Code.CHANGE_WITHOUT_EFFECT,
        "change-without-effect",
        "a `with` that says what its token or resource says anyway",
        "The request is the one without it: most likely another value was meant.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled unless archived
}

test "documents" {
  token ann { scope: "read:documents", permissions: ["read:documents"] }
  resource plan: Document { archived: false }

  ann may read plan with plan { archived: false } # L405
}
""",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled unless archived
}

test "documents" {
  token ann { scope: "read:documents", permissions: ["read:documents"] }
  resource plan: Document { archived: false }

  ann may read plan
  ann may not read plan with plan { archived: true } because "no permit applies"
}
""",
    ),
    Entry(
        Code.UNUSED_FIXTURES,
        "unused-fixtures",
        "a group of fixtures that no test uses",
        "It is left over, or the test that was to use it declares its own.",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

fixtures staff { # L406
  token ann { scope: "read:documents" }
}

test "documents" {
  token ann { scope: "read:documents" }
  resource plan: Document { owner: "ann" }

  ann may read plan
}
""",
        """\
resource Document {
  owner: user
  action read needs read:documents
  permit read to owner
}

fixtures staff {
  token ann { scope: "read:documents" }
}

test "documents" using staff {
  resource plan: Document { owner: "ann" }

  ann may read plan
}
""",
    ),
)
