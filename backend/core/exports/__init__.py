"""A member takes their data along: what each app adds, the file made by the worker, read with the code."""
