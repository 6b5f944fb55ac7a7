"""Routes of exports, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from backend.core.exports.api import views

urlpatterns = [
    path("me/exports", views.ExportsView.as_view()),
    path("me/exports/<uuid:export>", views.ExportView.as_view()),
    path("me/exports/<uuid:export>/download", views.ExportDownloadView.as_view()),
]
