"""Notices by somebody without an account: what the law asks for. Found again by a reference that only they hold."""

from __future__ import annotations

from django.db import models

from moderation.models.report import Report


class Notice(models.Model):
    """The receipt of a notice. `reference_hash`: SHA-256 of the reference; what was written is the report's note."""

    report = models.OneToOneField(Report, on_delete=models.CASCADE, primary_key=True, related_name="notice")
    reference_hash = models.BinaryField(max_length=32, unique=True)

    def __str__(self) -> str:
        return f"notice {self.report_id}"
