"""Checked -> RuleTree -> Program.

`ruletree` brings conditions into normal form and gives rules their identity, `program` numbers scopes
and roles and gathers heads, `emit` writes a head as Python functions (their parts: `reading`,
`expressions`, `conditions`), `values` and `operations` are what those call, `codes` what they answer.
"""
