"""The drill of the worker: killed at any moment, each act happens once, and every device is woken."""
