"""Checked -> RuleTree -> Program.

`ruletree` brings conditions into normal form and gives rules their identity, `program` numbers scopes
and roles and gathers heads, `residual` says what of a head is left for callers of one class, `shapes`
takes the constants out, `selection` puts many rules of one form together, `emit` writes a shape as
Python functions (their parts: `reading`, `expressions`, `conditions`), `values` and `operations` are
what those call, `codes` what they answer.
"""
