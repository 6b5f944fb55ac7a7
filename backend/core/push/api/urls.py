"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from backend.core.push.api import views

urlpatterns = [
    path("me/push", views.PushView.as_view()),
    path("me/push/test", views.TestView.as_view()),
    path("me/notifications", views.NotificationsView.as_view()),
]
