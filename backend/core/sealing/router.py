"""Keeps the wrapped data keys in the keystore database and everything else out of it."""

from __future__ import annotations

from typing import Any

KEYSTORE = "keystore"


class KeystoreRouter:
    """Routes the `sealing` app to the alias `keystore`."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return KEYSTORE if model._meta.app_label == "sealing" else None

    db_for_write = db_for_read

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return bool((obj1._meta.app_label == "sealing") == (obj2._meta.app_label == "sealing"))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == KEYSTORE) == (app_label == "sealing")
