"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.checkins.api import views

urlpatterns = [
    path("checkins", views.CheckinsView.as_view()),
    path("checkins/<uuid:checkin>", views.CheckinView.as_view()),
    path("checkins/<uuid:checkin>/answer", views.AnswerView.as_view()),
    path("checkins/<uuid:answered>/shares", views.SharesView.as_view()),
    path("checkins/<uuid:checkin>/snooze", views.SnoozeView.as_view()),
    path("contact/requests", views.HeldRequestsView.as_view()),
    path("contact/requests/<uuid:wish>/acknowledge", views.AcknowledgeView.as_view()),
    path("contact/requests/<uuid:wish>/close", views.CloseView.as_view()),
    path("contact/requests/<uuid:wish>/pass-on", views.PassOnView.as_view()),
    path("contact/shares", views.SharedView.as_view()),
    path("me/caring-messages", views.CaringView.as_view()),
    path("me/checkin-plan", views.PlanView.as_view()),
    path("me/checkin-plan/changing", views.ChangingView.as_view()),
    path("me/contact-requests", views.OwnRequestsView.as_view()),
    path("me/contact-requests/<uuid:wish>", views.OwnRequestView.as_view()),
    path("me/contact/reach", views.ReachView.as_view()),
    path("me/safety-plan", views.SafetyPlanView.as_view()),
    path("me/safety-plan/shares", views.SafetySharesView.as_view()),
    path("me/shares", views.OwnSharesView.as_view()),
    path("me/years", views.YearsView.as_view()),
    path("me/years.svg", views.PictureView.as_view()),
    path("shares/<uuid:share>", views.ShareView.as_view()),
]
