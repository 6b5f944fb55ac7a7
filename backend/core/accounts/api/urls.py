"""Routes of accounts, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from backend.core.accounts.api import invites, recoveries, views
from backend.core.accounts.api.looks import LooksView
from backend.core.accounts.api.tickets import tickets

urlpatterns = [
    path("accounts", views.AccountsView.as_view()),
    path("consents", views.ConsentTextsView.as_view()),
    path("invites", invites.InvitesView.as_view()),
    path("invites/redeem", invites.RedeemView.as_view()),
    path("invites/<uuid:invite>", invites.InviteView.as_view()),
    path("me", views.MeView.as_view()),
    path("me/access-code", views.AccessCodeView.as_view()),
    path("me/aliases", views.AliasesView.as_view()),
    path("me/consents", views.ConsentsView.as_view()),
    path("me/looks", LooksView.as_view()),
    path("me/recovery", recoveries.OwnRecoveryView.as_view()),
    path("recoveries", recoveries.RecoveriesView.as_view()),
    path("recoveries/<str:recovery>/confirm", recoveries.ConfirmView.as_view()),
    path("recoveries/<str:recovery>/fetch", recoveries.FetchView.as_view()),
    path("recoveries/<str:recovery>/object", recoveries.ObjectView.as_view()),
    path("realtime/tickets", tickets),
    path("regions", views.RegionsView.as_view()),
    path("sessions", views.SessionsView.as_view()),
    path("sessions/<uuid:session>", views.SessionView.as_view()),
]
