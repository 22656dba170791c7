"""Program + Principal + resource -> Decision.

`loading` reads a set, `inforce` holds the one that counts, `engine` has the doors, `requests` what they
take, `doors` what stands behind them, for all callers or each class of them; `answers` and `outcomes`
say what an emitted function's code means, `decision` is what comes out. `explain` shows the way there:
`values` works out what rules read, `tracing` how they come out, `horizon` until when that holds. `needs`
is what actions need. `supposing` is a request as it might be: by it, `challenging` finds what to ask a
client for, and `fixing` what would turn a denial (`fixes`), of the `changes` that `proposing` finds
rules to ask for, each at its place (`places`).
"""
