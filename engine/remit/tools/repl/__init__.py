"""`remit repl`: a policy, a token and a resource -> answers, and what each change does to them."""
