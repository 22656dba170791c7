"""`python -m remit.tools`: the command line, where the console script is not on the path."""

from remit.tools.cli import main

main()
