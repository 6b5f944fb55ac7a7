"""The demo community of `make run`."""
