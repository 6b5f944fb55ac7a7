"""From a database URL to Django's settings of one PostgreSQL alias."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def parse_database(url: str, *, pool_size: int) -> dict[str, Any]:
    """Parse `url`; `?host=` names a socket folder as in libpq; `pool_size` 0 means a connection per thread.

    Raises ImproperlyConfigured for anything but PostgreSQL.
    """
    parsed: dict[str, Any] = {**dj_database_url.parse(url)}
    if parsed["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("The database must be PostgreSQL.")
    options = parsed.setdefault("OPTIONS", {})
    # Where everybody looks for them (dbshell, the writer's own connections), not hidden in the options.
    for key in ("host", "port"):
        if key in options:
            parsed[key.upper()] = str(options.pop(key))
    if pool_size:
        # Merged: the other options of the URL (sslmode, …) stay.
        # Checked when lent: after a restart of the server no request meets a dead connection.
        parsed["CONN_HEALTH_CHECKS"] = True
        options["pool"] = {"min_size": 0, "max_size": pool_size, "timeout": 10, "max_idle": 60}
    return parsed
