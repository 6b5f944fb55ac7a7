"""Staff: who signs in to the console, with what, and for how long."""
