"""Routes of the pages, below `/info`. Their paths say little: they stay in a browser's history."""

from __future__ import annotations

from django.urls import path

from moderation.pages import views

urlpatterns = [
    path("/rules", views.show_rules, name="info_rules"),
    path("/figures", views.show_figures, name="info_figures"),
    path("/notice", views.give_notice, name="info_notice"),
    path("/notice/look-up", views.look_up, name="info_notice_look_up"),
]
