"""L3: what is declared and serves nobody."""

from remit.diagnostics import Code
from remit.linter.catalogue.entry import Entry

ENTRIES = (
    Entry(
        Code.ACTION_NEVER_ALLOWED,
        "action-never-allowed",
        "an action that no permit can allow",
        "What no rule permits is denied: every request for it is. Either a permit is missing, or the "
        "action is left over. `entitled` does not help an action that needs nothing, nor an owner one"
        " that is `new`.",
        """\
resource Document {
  action read, print needs read:documents # L301
  permit read to entitled
}
""",
        """\
resource Document {
  action read, print needs read:documents
  permit read, print to entitled
}
""",
    ),
    Entry(
        Code.RESOURCE_WITHOUT_ACTIONS,
        "resource-without-actions",
        "a resource on which nothing can be done",
        "Nobody can ask about it, whatever else it declares.",
        """\
resource Document {
  action read needs read:documents
  permit read to entitled
}

resource Folder { # L302
  owner: user
}
""",
        """\
resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
    ),
    Entry(
        Code.SCOPE_NEVER_NEEDED,
        "scope-never-needed",
        "a scope that opens nothing",
        "No action needs it, no condition asks for it, nothing that it implies is needed or asked "
        "for, and no role or client grants it. An application that is given it can do nothing with "
        "it.",
        """\
api documents {
  scope print:documents # L303
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
api documents {
  scope print:documents
}

resource Document {
  action read  needs read:documents
  action print needs print:documents
  permit any to entitled
}
""",
    ),
    Entry(
        Code.GRANT_NEVER_NEEDED,
        "grant-never-needed",
        "a role or client that grants a scope which opens nothing",
        "No action needs it and no condition asks for it, nor for what it implies: the grant is wider"
        " than its use, and opens whatever comes to need that scope one day. Groups with `*` are left"
        " alone.",
        """\
api documents {
  scope print:documents
  role printer grants read:documents, print:documents # L304
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
api documents {
  scope print:documents
  role printer grants read:documents, print:documents
}

resource Document {
  action read  needs read:documents
  action print needs print:documents
  permit any to entitled
}
""",
    ),
    Entry(
        Code.GRANT_REPEATED,
        "grant-repeated",
        "a grant that comes along with another one",
        "A role that this one extends grants the scope already, or a scope beside it implies it. Who "
        "takes it away here takes nothing away.",
        """\
api documents {
  scope write:documents
  role viewer                grants read:documents
  role editor extends viewer grants read:documents, write:documents # L305
}

resource Document {
  action read  needs read:documents
  action write needs write:documents
  permit any to entitled
}
""",
        """\
api documents {
  scope write:documents
  role viewer                grants read:documents
  role editor extends viewer grants write:documents
}

resource Document {
  action read  needs read:documents
  action write needs write:documents
  permit any to entitled
}
""",
        fixed=True,
    ),
    Entry(
        Code.ROLE_WITHOUT_MEANING,
        "role-without-meaning",
        "a role that grants nothing and that nothing names",
        "Whoever has it can do no more than before.",
        """\
api documents {
  role guest # L306
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
api documents {
  role guest grants read:documents
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
    ),
    Entry(
        Code.UNUSED_ATTRIBUTE,
        "unused-attribute",
        "an attribute that no rule reads",
        "No decision depends on it. Was a rule forgotten?",
        """\
resource Document {
  owner:    user
  archived: bool # L307
  action read needs read:documents
  permit read to owner
}
""",
        """\
resource Document {
  owner:    user
  archived: bool
  action read needs read:documents
  permit read to owner unless archived
}
""",
    ),
    Entry(
        Code.UNUSED_CLAIM,
        "unused-claim",
        "a claim that no rule reads",
        "No decision depends on it. Was a rule forgotten?",
        """\
token {
  mfa: bool # L308
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
token {
  mfa: bool
}

resource Document {
  action read needs read:documents
  permit read to entitled when token.mfa
}
""",
    ),
    Entry(
        Code.UNUSED_CONTEXT,
        "unused-context",
        "a member of the context that no rule reads",
        "The service works it out for nothing. Was a rule forgotten?",
        """\
context {
  ip: ip # L309
}

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
context {
  ip: ip
}

resource Document {
  action read needs read:documents
  permit read to entitled when context.ip in "10.0.0.0/8"
}
""",
    ),
    Entry(
        Code.UNUSED_TYPE,
        "unused-type",
        "a `type` that nothing is of",
        "It is left over, or the member that was to be of it has another type.",
        """\
type Level = "public" < "secret" # L310

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
type Level = "public" < "secret"

resource Document {
  level: Level
  action read needs read:documents
  permit read to entitled when level == "public"
}
""",
    ),
    Entry(
        Code.UNUSED_VALUE,
        "unused-value",
        "a `let` or `data` that no rule reads",
        "It is left over, or the rule that was to read it is missing.",
        """\
let offices: set<cidr> = ["10.0.0.0/8"] # L311

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
let offices: set<cidr> = ["10.0.0.0/8"]

context { ip: ip }

resource Document {
  action read needs read:documents
  permit read to entitled when context.ip in offices
}
""",
    ),
    Entry(
        Code.UNUSED_RELATION,
        "unused-relation",
        "a relation that no rule names",
        "It relates nobody to anything. Was it forgotten in a permit?",
        """\
resource Document {
  owner:   user
  editors: set<user>
  relation editor when token.sub in editors # L312
  action read needs read:documents
  permit read to owner
}
""",
        """\
resource Document {
  owner:   user
  editors: set<user>
  relation editor when token.sub in editors
  action read needs read:documents
  permit read to owner, editor
}
""",
    ),
    Entry(
        Code.EMPTY_BLOCK,
        "empty-block",
        "a block `token` or `context` with nothing in it",
        "It declares nothing.",
        """\
token {} # L313

resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        """\
resource Document {
  action read needs read:documents
  permit read to entitled
}
""",
        fixed=True,
    ),
)
