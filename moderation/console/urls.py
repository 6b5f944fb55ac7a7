"""Routes of the moderators' pages, in the console's namespace."""

from __future__ import annotations

from django.urls import path

from moderation.console.views import backlog, case, queue, rules

urlpatterns = [
    path("cases", queue.show_queue, name="queue"),
    path("cases/<uuid:case>", case.show_case, name="case"),
    path("backlog", backlog.show_backlog, name="backlog"),
    path("rules", rules.show_rules, name="rules"),
]
