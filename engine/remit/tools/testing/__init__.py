"""A policy's own tests: run them, report them, and say what of the policy they show."""
