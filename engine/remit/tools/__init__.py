"""What people run: the demonstration, and what the command line is made of."""
