"""Wrapped keys, in their own database (alias `keystore`): destroying a row makes what it sealed unreadable."""

from __future__ import annotations

from django.db import models


class DataKey(models.Model):
    """A random AES-256 key of one owner (a conversation or an account), wrapped by the keyring."""

    owner = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()
    keyring_version = models.SmallIntegerField(db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"data key v{self.keyring_version}"


class VaultKey(models.Model):
    """A key pair (X25519) of one owner: who seals needs `public` alone; `wrapped` is the private key."""

    owner = models.UUIDField(primary_key=True)
    public = models.BinaryField(max_length=32)
    wrapped = models.BinaryField()
    keyring_version = models.SmallIntegerField(db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"key pair v{self.keyring_version}"
