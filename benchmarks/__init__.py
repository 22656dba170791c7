"""Scripts that measure; they decide no test."""
