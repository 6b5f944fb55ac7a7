"""The pages, a file per thing."""
