"""Web frameworks -> the engine: each module imports remit and one framework.

`guard` has the steps of a request: `requests` says what it brings, `callers` who asks, `givens` what the
service says of it, `endpoints` what it may be about and `lists` that it is about many, `foreseeing` why
it is denied before that is known, `answers` how it is refused, `records` what is kept of it. `checks`
refuses a guard that could not do all that.

`metadata` and `openapi` tell clients what they need; `listing` finds the routes of an application, and
`routes` what is wrong with them. The rest is a module for each framework.
"""
