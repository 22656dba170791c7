"""Bearer token -> verified claims: the front end of a resource server that has no verifier of its own."""
