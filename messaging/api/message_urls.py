"""Routes of conversations and their messages, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path, register_converter

from messaging.api import conversations, memberships, messages


class SeqConverter:
    """A seq, as far as clients can count."""

    regex = "[1-9][0-9]{0,14}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(SeqConverter, "seq")

ONE = "conversations/<uuid:conversation>"
urlpatterns = [
    path("conversations", conversations.ConversationListView.as_view()),
    path(ONE, conversations.ConversationView.as_view()),
    path(f"{ONE}/messages", messages.messages),
    path(f"{ONE}/messages/<seq:seq>", messages.MessageView.as_view()),
    path(f"{ONE}/messages/<seq:seq>/reactions/<str:key>", messages.ReactionView.as_view()),
    path("groups/<uuid:group>/messages/<seq:seq>/hidden", memberships.HiddenView.as_view()),
    path(f"{ONE}/read", messages.ReadMarkView.as_view()),
]
