"""A whole policy at a glance: who may do what, with which scopes, by which rules."""
