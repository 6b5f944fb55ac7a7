"""Make the databases of both aliases where they lack, and migrate them: `python -m infra.migrate`."""

import os
import sys

import django
import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql


def migrate_databases() -> None:
    """Create (if the role may) and migrate `default` and `keystore` of the configured settings."""
    for alias in connections:
        connection = connections[alias]
        # Not through the pool, which would go on trying.
        parameters = {**connection.get_connection_params(), "autocommit": True}
        try:
            psycopg.connect(**parameters).close()
        except psycopg.OperationalError:
            with psycopg.connect(**parameters | {"dbname": "postgres"}) as server:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(parameters["dbname"])))
        call_command("migrate", database=alias, verbosity=0, interactive=False)
        connection.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")
    django.setup()
    try:
        migrate_databases()
    except psycopg.Error as error:
        sys.exit(f"The databases cannot be made: {error}")
