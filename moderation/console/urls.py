"""Routes of the moderators' pages, in the console's namespace."""

from __future__ import annotations

from django.urls import path

from moderation.console.views import backlog, case, holds, load, queue, rules

urlpatterns = [
    path("cases", queue.show_queue, name="queue"),
    path("cases/<uuid:case>", case.show_case, name="case"),
    path("backlog", backlog.show_backlog, name="backlog"),
    path("load", load.show_load, name="load"),
    path("load/decline", load.decline, name="load_decline"),
    path("load/<uuid:moderator>/talked", load.talked, name="load_talked"),
    path("holds", holds.show_holds, name="holds"),
    path("holds/<uuid:held>", holds.show_hold, name="hold"),
    path("rules", rules.show_rules, name="rules"),
]
