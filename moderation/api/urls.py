"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from moderation.api import care, figures, notices, views

urlpatterns = [
    path("rules", views.RulesView.as_view()),
    path("me/rules", views.OwnRulesView.as_view()),
    path("reports", views.ReportsView.as_view()),
    path("reports/<uuid:report>", views.ReportView.as_view()),
    path("reports/<uuid:report>/messages", views.ReportLinesView.as_view()),
    path("me/decisions", views.DecisionsView.as_view()),
    path("decisions/<uuid:decision>/appeals", views.AppealsView.as_view()),
    path("appeals/<uuid:appeal>", views.AppealView.as_view()),
    path("transparency", figures.TransparencyView.as_view()),
    path("notices", notices.NoticesView.as_view()),
    path("notices/look-up", notices.NoticeLookUpView.as_view()),
    path("me/care", care.CareWishView.as_view()),
    path("care/worries", care.WorriesView.as_view()),
    path("care/talks", care.CareTalksView.as_view()),
    path("care/talks/<uuid:talk>", care.CareTalkView.as_view()),
    path("care/asks", care.CareAsksView.as_view()),
    path("care/asks/<uuid:ask>", care.CareAskView.as_view()),
]
