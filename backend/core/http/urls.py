"""Routes below /api/v1 that belong to no app."""

from __future__ import annotations

from django.urls import path

from backend.core.http import api

urlpatterns = [
    path("meta", api.MetaView.as_view(), name="meta"),
    path("schema", api.show_schema, name="schema"),
]
