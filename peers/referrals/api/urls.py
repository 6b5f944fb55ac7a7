"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.referrals.api import views

urlpatterns = [
    path("referrals", views.ReferralsView.as_view()),
    path("referrals/preview", views.PreviewView.as_view()),
    path("referrals/receivers", views.ReceiversView.as_view()),
    path("referrals/<uuid:referral>", views.ReferralView.as_view()),
]
