"""Routes of groups, of belonging to conversations, and of blocks, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from messaging.api import admissions, blocks, groups, held, memberships

GROUP = "groups/<uuid:group>"
REQUEST = "admission-requests/<uuid:admission>"
urlpatterns = [
    path("groups", groups.GroupsView.as_view()),
    path(GROUP, groups.GroupView.as_view()),
    path(f"{GROUP}/lead", memberships.LeadView.as_view()),
    path(f"{GROUP}/admission-requests", admissions.RequestsView.as_view()),
    path(f"{GROUP}/members", memberships.MembersView.as_view()),
    path(f"{GROUP}/members/<uuid:membership>", memberships.MemberView.as_view()),
    path(f"{GROUP}/members/<uuid:membership>/remove", memberships.RemoveView.as_view()),
    path(f"{GROUP}/held", held.HeldsView.as_view()),
    path(f"{GROUP}/held/<uuid:held>/release", held.ReleaseView.as_view()),
    path(f"{GROUP}/held/<uuid:held>/return", held.ReturnView.as_view()),
    path("me/held", held.OwnHeldsView.as_view()),
    path("me/held/<uuid:held>", held.OwnHeldView.as_view()),
    path("me/admission-requests", admissions.OwnRequestsView.as_view()),
    path(REQUEST, admissions.RequestView.as_view()),
    path(f"{REQUEST}/accept", admissions.AcceptView.as_view()),
    path(f"{REQUEST}/decline", admissions.DeclineView.as_view()),
    path("conversations/<uuid:conversation>/membership", memberships.LeaveView.as_view()),
    path("conversations/<uuid:conversation>/mute", memberships.QuietView.as_view()),
    path("blocks", blocks.BlocksView.as_view()),
    path("blocks/<uuid:membership>", blocks.BlockView.as_view()),
]
