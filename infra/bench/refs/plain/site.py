"""Settings, URL, view and WSGI application of the plain project; run as a program it makes its rows."""

import hashlib
import os
import sys
from typing import cast

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench-only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework", "infra.bench.refs.plain"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    USE_TZ=True,
    LOGGING_CONFIG=None,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PLAIN_HOST"],
            "PORT": os.environ["PLAIN_PORT"],
            "USER": os.environ["PLAIN_USER"],
            "NAME": "plain",
            "CONN_MAX_AGE": None,
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings come first)
from django.db import connection, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed, NotFound, PermissionDenied  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from infra.bench.refs.plain.models import Conversation, Member, Message, Token  # noqa: E402


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """Bearer tokens, looked up for each request."""

    def authenticate(self, request: Request) -> tuple[Token, Token]:
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        found = Token.objects.filter(digest=digest_of(token)).first() if word == "Bearer" else None
        if found is None:
            raise AuthenticationFailed
        return found, found


class MessageSerializer(ModelSerializer[Message]):
    """A message in and out."""

    class Meta:
        model = Message
        fields = ["id", "conversation", "seq", "member", "client_id", "body", "sent_at"]
        read_only_fields = ["id", "conversation", "seq", "member", "sent_at"]


class MessagesView(APIView):
    """Send a message; the same client_id gives the first one."""

    authentication_classes = [TokenAuthentication]

    def post(self, request: Request, conversation: int) -> Response:
        """Accept it with the next seq."""
        asked = MessageSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        account = cast(Token, request.auth).account
        member = Member.objects.filter(conversation_id=conversation, account=account).first()
        if member is None:
            raise NotFound
        if member.muted_until is not None and member.muted_until > timezone.now():
            raise PermissionDenied
        with transaction.atomic():
            place = Conversation.objects.select_for_update().get(pk=conversation)
            message = Message.objects.filter(member=member, client_id=asked.validated_data["client_id"]).first()
            if message is None:
                place.head += 1
                place.save(update_fields=["head"])
                message = Message.objects.create(
                    conversation=place, member=member, seq=place.head, **asked.validated_data
                )
        return Response(MessageSerializer(message).data, status=201)


urlpatterns = [path("conversations/<int:conversation>/messages", MessagesView.as_view())]
application = get_wsgi_application()


def make_rows(accounts: int, conversations: int) -> None:
    """Tables and rows: conversation 0 has all accounts, each other one has a single account in turn."""
    with connection.schema_editor() as editor:
        for model in (Conversation, Token, Member, Message):
            editor.create_model(model)
    Conversation.objects.bulk_create([Conversation(pk=c) for c in range(conversations + 1)])
    Token.objects.bulk_create([Token(digest=digest_of(f"plain{a}"), account=a) for a in range(accounts)])
    hot = [Member(conversation_id=0, account=a) for a in range(accounts)]
    Member.objects.bulk_create(
        [*hot, *(Member(conversation_id=c, account=c % accounts) for c in range(1, conversations + 1))]
    )


if __name__ == "__main__":
    make_rows(int(sys.argv[1]), int(sys.argv[2]))
