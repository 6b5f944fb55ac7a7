"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.journeys.api import views

urlpatterns = [
    path("me/goals", views.GoalsView.as_view()),
    path("me/goals/<uuid:goal>", views.GoalView.as_view()),
    path("me/journey", views.JourneyView.as_view()),
    path("me/journey/entries", views.EntriesView.as_view()),
    path("me/journey/entries/<uuid:entry>", views.EntryView.as_view()),
    path("me/journey/prompts", views.BeginningsView.as_view()),
]
