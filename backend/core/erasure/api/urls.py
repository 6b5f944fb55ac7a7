"""Routes of erasing, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from backend.core.erasure.api.views import ErasureView

urlpatterns = [path("me/erasure", ErasureView.as_view())]
