"""One request, and how every rule came out: for a terminal, a program or a browser."""
