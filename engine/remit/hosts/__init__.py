"""Web frameworks -> the engine: each module imports remit and one framework."""
