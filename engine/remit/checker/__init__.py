"""Document -> Checked: names, types, guards.

`api` closes scopes and roles, `members` types the fields, `expressions` the conditions, `blocks` puts
actions and rules together, `fixtures` looks after the tests, `check` runs them all.
"""
