"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.directory.api import views

urlpatterns = [
    path("directory", views.DirectoryView.as_view()),
    path("directory/snapshot", views.SnapshotView.as_view()),
    path("directory/export", views.ExportView.as_view()),
    path("directory/gaps", views.GapsView.as_view()),
    path("directory/<uuid:entry>", views.EntryView.as_view()),
    path("directory/<uuid:entry>/problems", views.ProblemsView.as_view()),
    path("directory/<uuid:entry>/questions", views.QuestionsView.as_view()),
    path("helplines", views.HelplinesView.as_view()),
]
