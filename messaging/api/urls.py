"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from messaging.api import group_urls, message_urls

urlpatterns = [*group_urls.urlpatterns, *message_urls.urlpatterns]
