"""L2: what is wrong with a rule, or among rules."""

from remit.diagnostics import Code
from remit.linter.catalogue.entry import Entry

ENTRIES = (
    Entry(
        Code.DUPLICATE_RULE,
        "duplicate-rule",
        "a rule that says what another one says",
        "Rules that say the same are one rule, wherever they stand and however they are spelled: who "
        "changes or removes one of them changes nothing.",
        """\
resource Document {
  owner:    user
  archived: bool
  action read needs read:documents
  permit read to owner when not archived
  permit read to owner unless archived # L201
}
""",
        """\
resource Document {
  owner:    user
  archived: bool
  action read needs read:documents
  permit read to owner when not archived
}
""",
        fixed=True,
    ),
    Entry(
        Code.SHADOWED_RULE,
        "shadowed-rule",
        "a rule whose requests another one covers already",
        "Without it every request would be decided as before. So either it is left over, or the other"
        " one is wider than was meant. A rule that brings an obligation or a reason of its own is "
        "none of these.",
        """\
resource Document {
  owner:  user
  shared: bool
  action read needs read:documents
  permit read to entitled, owner
  permit read to owner when shared # L202
}
""",
        """\
resource Document {
  owner:  user
  shared: bool
  action read needs read:documents
  permit read to entitled when shared
  permit read to owner
}
""",
    ),
    Entry(
        Code.GROWING_PERMIT,
        "growing-permit",
        "a permit on `any` for everybody, a role or a client",
        "Whoever adds an action hands it out to all of these, without having to touch a rule. Name "
        "the actions; or say `entitled`, which gives of each action what a role was granted. `any` "
        "for those whom the resource itself names, as its owner, is what owning it means, and no "
        "finding.",
        """\
resource Document {
  archived: bool
  action read, print needs read:documents
  permit any to anyone when not archived # L203
}
""",
        """\
resource Document {
  archived: bool
  action read, print needs read:documents
  permit read, print to anyone when not archived
}
""",
    ),
    Entry(
        Code.PUBLIC_WRITE,
        "public-write",
        "an action that changes something, open to everybody without a token",
        "It needs nothing, no condition stands in its permit, and no forbid or require stands before "
        "it: anybody who reaches the service may do it. An action counts as changing something if it "
        "is `new`, or its name begins with a verb like `write` or `delete`.",
        """\
resource Document {
  action read       needs read:documents
  action new submit needs nothing
  permit read   to entitled
  permit submit to anyone # L204
}
""",
        """\
api documents {
  scope write:documents
}

resource Document {
  action read       needs read:documents
  action new submit needs write:documents
  permit read, submit to entitled
}
""",
    ),
    Entry(
        Code.FORBID_WITHOUT_REASON,
        "forbid-without-reason",
        "a forbid without `because`",
        "A denial repeats the reason of the forbid behind it. Without one, neither a log nor a test "
        "says why.",
        """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  forbid read when archived # L205
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
        Code.SUBJECT_WITHOUT_EFFECT,
        "subject-without-effect",
        "a subject that adds nobody",
        "Beside `anyone` nobody else needs to be named; `entitled` is nobody where nothing is needed;"
        " and what an action only makes has no owner yet, and is related to nobody.",
        """\
api documents {
  role staff grants read:documents
}

resource Document {
  action read needs read:documents
  permit read to anyone, role staff # L206
}
""",
        """\
api documents {
  role staff grants read:documents
}

resource Document {
  action read needs read:documents
  permit read to anyone
}
""",
        fixed=True,
    ),
    Entry(
        Code.PERMIT_ALWAYS_FORBIDDEN,
        "permit-always-forbidden",
        "a permit all of whose requests a forbid denies",
        "A forbid beats every permit, so this one never lets anybody in.",
        """\
resource Document {
  owner:    user
  archived: bool
  action read needs read:documents
  permit read to entitled
  permit read to owner when archived # L207
  forbid read when archived because "the document is archived"
}
""",
        """\
resource Document {
  owner:    user
  archived: bool
  action read needs read:documents
  permit read to entitled, owner
  forbid read when archived because "the document is archived"
}
""",
    ),
    Entry(
        Code.TENANT_NOT_COMPARED,
        "tenant-not-compared",
        "a permit that does not ask whether resource and token are of one tenant",
        "The resource and the token both say whose they are, in members of one name and type "
        "(`tenant`, `organisation`, `account` and the like), and nothing on the way to this permit "
        "compares them: whoever is entitled in one tenant reaches what is another's. A permit for "
        "those whom the resource names itself is none of these, nor is one whose action a forbid "
        "compares the two for.",
        """\
token { tenant: string }

resource Document {
  tenant: string
  action read needs read:documents
  permit read to entitled # L208
}
""",
        """\
token { tenant: string }

resource Document {
  tenant: string
  action read needs read:documents
  permit read to entitled
  forbid any unless tenant == token.tenant because "documents never cross tenants"
}
""",
    ),
    Entry(
        Code.IMPLIED_NEED,
        "implied-need",
        "a scope in a need that another one in it decides already",
        "One scope implies the other: with `and` the implied one adds nothing, with `or` the "
        "implying one.",
        """\
api documents {
  scope manage:documents implies read:documents
}

resource Document {
  action read needs read:documents or manage:documents # L209
  permit read to entitled
}
""",
        """\
api documents {
  scope manage:documents implies read:documents
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
    ),
    Entry(
        Code.NEEDLESS_ASSUME,
        "needless-assume",
        "an `assume` of what nobody can gain by hiding",
        "`assume` silences the check for whoever leaves a member out to gain by it. Where there is "
        "nothing to silence, it waits for the rule of tomorrow that should have been reported. What "
        "stands in `token` or `context` is left to its author.",
        """\
resource Document {
  archived: bool
  assume archived # L210
  action read needs read:documents
  permit read to entitled
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
        fixed=True,
    ),
    Entry(
        Code.NEVER_APPLIES,
        "never-applies",
        "a rule whose clauses rule each other out",
        "What `to`, `when` and `unless` ask for cannot be had together, so the rule never applies. "
        "The checker reports (R407) what it sees without counting.",
        """\
resource Document {
  owner: user
  size:  int
  action read needs read:documents
  permit read to owner
  permit read to entitled when size > 10 unless size > 5 # L211
}
""",
        """\
resource Document {
  owner: user
  size:  int
  action read needs read:documents
  permit read to owner
  permit read to entitled when size > 5 unless size > 10
}
""",
    ),
    Entry(
        Code.CLIENT_OF_ANY_ISSUER,
        "client-of-any-issuer",
        "a client that a rule lets in without asking whose client it is",
        "A client's id is one only at its own authorization server (RFC 6749, section 2.2). Where a "
        "policy trusts several issuers, another one of them may have given the same id to somebody "
        "else, or let somebody choose it. A rule that looks at `token.issuer` as well is none of these, "
        "and where all issuers but one say which clients they assert, no rule is.",
        """\
api documents {
  issuer "https://idp.acme.example/"
  client nightly grants read:documents
}

resource Document {
  action read needs read:documents
  permit read to client nightly # L212
}
""",
        """\
api documents {
  issuer "https://idp.acme.example/"
  client nightly grants read:documents
}

resource Document {
  action read needs read:documents
  permit read to client nightly when token.issuer == "https://idp.acme.example/"
}
""",
    ),
)
