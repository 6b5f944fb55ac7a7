"""Routes of this app, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from peers.contacts.api import contacts, handovers, reach

urlpatterns = [
    path("me/contact", contacts.OwnContactView.as_view()),
    path("me/contact/backup", contacts.BackupView.as_view()),
    path("me/contact/change-requests", contacts.ChangesView.as_view()),
    path("me/contact/pause", contacts.PauseView.as_view()),
    path("me/contact/resume", contacts.ResumeView.as_view()),
    path("me/expert/step-back", contacts.StepBackView.as_view()),
    path("conversations/<uuid:conversation>/reach", reach.ReachView.as_view()),
    path("contact/members", contacts.HeldView.as_view()),
    path("handovers", handovers.HandoversView.as_view()),
    path("handovers/<uuid:handover>", handovers.HandoverView.as_view()),
    path("handovers/<uuid:handover>/accept", handovers.AcceptView.as_view()),
    path("handovers/<uuid:handover>/decline", handovers.DeclineView.as_view()),
    path("handovers/<uuid:handover>/consent", handovers.ConsentView.as_view()),
    path("handovers/<uuid:handover>/refuse", handovers.RefuseView.as_view()),
    path("handovers/<uuid:handover>/withdraw", handovers.WithdrawView.as_view()),
    path("handovers/<uuid:handover>/confirm", handovers.ConfirmView.as_view()),
    path("handovers/<uuid:handover>/redirect", handovers.RedirectView.as_view()),
]
