"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.experts.api import views

urlpatterns = [path("me/expert", views.ExpertView.as_view())]
