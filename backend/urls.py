"""Where all apps meet: every route."""

from __future__ import annotations

from django.urls import include, path

from backend.core.console import urls as console
from backend.core.http import api, docs
from moderation.console import urls as moderators
from peers.console import urls as coordinators

# Every app's pages for staff are in one namespace; what is none of them is a page as well.
_console = [*console.urlpatterns, *coordinators.urlpatterns, *moderators.urlpatterns, *console.last]
urlpatterns = [
    path("healthz", api.show_life, name="life"),
    path("readyz", api.show_readiness, name="readiness"),
    path("metrics", api.show_figures, name="figures"),
    path("api/docs", docs.show_docs, name="docs"),
    path("api/docs/<str:name>", docs.send_asset, name="docs_asset"),
    path("info", include("peers.directory.pages.urls")),
    path("info", include("moderation.pages.urls")),
    path("console/", include((_console, console.app_name))),
    path("api/v1/", include("backend.core.http.urls")),
    path("api/v1/", include("backend.core.accounts.api.urls")),
    path("api/v1/", include("backend.core.streams.api")),
    path("api/v1/", include("backend.core.push.api.urls")),
    path("api/v1/", include("backend.core.exports.api.urls")),
    path("api/v1/", include("backend.core.erasure.api.urls")),
    path("api/v1/", include("messaging.api.urls")),
    path("api/v1/", include("peers.urls")),
    path("api/v1/", include("moderation.api.urls")),
]

handler400 = "backend.core.http.problems.reply_400"
handler403 = "backend.core.http.problems.reply_403"
handler404 = "backend.core.http.problems.reply_404"
handler500 = "backend.core.http.problems.reply_500"
