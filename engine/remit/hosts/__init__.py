"""Web frameworks -> the engine: each module imports remit and one framework.

`guard` has the steps of a request, `endpoints` what it may be about, `requests` what it brings,
`answers` how it is refused. `metadata` and `openapi` tell clients what they need; `listing` finds the
routes of an application, and `routes` what is wrong with them. The rest is a module for each framework.
"""
