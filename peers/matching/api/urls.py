"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.matching.api import views

urlpatterns = [
    path("matches", views.MatchesView.as_view()),
    path("matches/organisation", views.OrganisationView.as_view()),
    path("matches/<uuid:match>/accept", views.AcceptView.as_view()),
    path("matches/<uuid:match>/decline", views.DeclineView.as_view()),
    path("peers/<uuid:peer>", views.PeerView.as_view()),
]
