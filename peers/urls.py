"""Routes of what is beside people, below `/api/v1/`."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("peers.checkins.api.urls")),
    path("", include("peers.journeys.api.urls")),
    path("", include("peers.experts.api.urls")),
    path("", include("peers.directory.api.urls")),
    path("", include("peers.matching.api.urls")),
    path("", include("peers.contacts.api.urls")),
    path("", include("peers.profiles.api.urls")),
    path("", include("peers.referrals.api.urls")),
]
