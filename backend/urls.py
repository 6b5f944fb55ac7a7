"""Where all apps meet: every route."""

from __future__ import annotations

urlpatterns: list[object] = []
