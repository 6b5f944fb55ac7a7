"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.profiles.api import views

urlpatterns = [path("me/profile", views.ProfileView.as_view())]
