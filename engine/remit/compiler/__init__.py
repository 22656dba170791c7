"""Checked -> RuleTree -> Program.

`ruletree` brings conditions into normal form and gives rules their identity, `program` numbers scopes
and roles and gathers heads, `emit` writes a head as Python functions, `values` is what those call.
"""
