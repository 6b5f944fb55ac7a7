"""Erasing an account: asked for, begun in one write, finished by the worker, done again after a restore."""
