"""Bearer token -> verified claims: the front end of a service that has no verifier of its own."""
