"""Make the databases of both aliases where they lack, and migrate them: `python -m infra.migrate`."""

import os
import sys

import django
import psycopg
from django.core.management import call_command
from django.db import OperationalError, connections
from psycopg import sql


def migrate_databases() -> None:
    """Create (if the role may) and migrate `default` and `keystore` of the configured settings."""
    for alias in connections:
        connection = connections[alias]
        try:
            connection.ensure_connection()
        except OperationalError:
            create_database(alias)
        call_command("migrate", database=alias, verbosity=0, interactive=False)
        connection.close()
        connection.close_pool()


def create_database(alias: str) -> None:
    """Create the database of `alias` from its server's database `postgres`."""
    settings = connections[alias].settings_dict
    place = {key: settings[key.upper()] or None for key in ("host", "port", "user", "password")}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings["NAME"])))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")
    django.setup()
    try:
        migrate_databases()
    except (OperationalError, psycopg.Error) as error:
        sys.exit(f"The database cannot be migrated: {error}")
