"""Program + Principal + resource -> Decision.

`loading` reads a set, `engine` has the doors, `decision` is what comes out, `explain` shows the way.
"""
