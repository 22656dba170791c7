"""Changes of a policy that its tests should notice, and requests that would make them."""
