"""Routes of the pages. Their paths say nothing of what they are about: they stay in a browser's history."""

from __future__ import annotations

from django.urls import path

from peers.directory.pages import assets, views

urlpatterns = [
    path("", views.show_search, name="info"),
    path("/numbers", views.show_numbers, name="info_numbers"),
    path("/gaps", views.show_gaps, name="info_gaps"),
    path("/thanks", views.show_thanks, name="info_thanks"),
    path("/files/<str:name>", assets.send_asset, name="info_file"),
    path("/<uuid:entry>", views.show_entry, name="info_entry"),
    path("/<uuid:entry>/problems", views.take_problem, name="info_problem"),
    path("/<uuid:entry>/questions", views.take_question, name="info_question"),
]
