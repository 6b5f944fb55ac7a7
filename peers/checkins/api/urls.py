"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.checkins.api import caring, request_views, views

urlpatterns = [
    path("checkins", views.CheckinsView.as_view()),
    path("checkins/<uuid:checkin>", views.CheckinView.as_view()),
    path("checkins/<uuid:checkin>/answer", views.AnswerView.as_view()),
    path("checkins/<uuid:answered>/shares", views.SharesView.as_view()),
    path("checkins/<uuid:checkin>/snooze", views.SnoozeView.as_view()),
    path("contact/requests", request_views.HeldRequestsView.as_view()),
    path("contact/requests/<uuid:wish>/acknowledge", request_views.AcknowledgeView.as_view()),
    path("contact/requests/<uuid:wish>/close", request_views.CloseView.as_view()),
    path("contact/requests/<uuid:wish>/pass-on", request_views.PassOnView.as_view()),
    path("contact/shares", views.SharedView.as_view()),
    path("me/caring-messages", caring.CaringView.as_view()),
    path("me/checkin-plan", views.PlanView.as_view()),
    path("me/checkin-plan/changing", views.ChangingView.as_view()),
    path("me/contact-requests", request_views.OwnRequestsView.as_view()),
    path("me/contact-requests/<uuid:wish>", request_views.OwnRequestView.as_view()),
    path("me/contact/reach", request_views.ReachView.as_view()),
    path("me/expert/caring-texts", caring.CaringTextsView.as_view()),
    path("me/expert/caring-texts/<slug:text>", caring.CaringTextView.as_view()),
    path("me/safety-plan", views.SafetyPlanView.as_view()),
    path("me/safety-plan/shares", views.SafetySharesView.as_view()),
    path("me/shares", views.OwnSharesView.as_view()),
    path("me/years", views.YearsView.as_view()),
    path("me/years.svg", views.PictureView.as_view()),
    path("shares/<uuid:share>", views.ShareView.as_view()),
]
