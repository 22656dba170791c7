"""Program + Principal + resource -> Decision.

`loading` reads a set, `engine` has the doors, `doors` what stands behind them for each class of callers,
`outcomes` says what an emitted function's code means,
`decision` is what comes out. `explain` shows the way there: `values` works out what rules read,
`tracing` how they come out, `horizon` until when that holds.
"""
