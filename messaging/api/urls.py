"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from messaging.api import message_urls

urlpatterns = [*message_urls.urlpatterns]
