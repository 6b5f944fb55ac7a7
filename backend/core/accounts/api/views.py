"""Accounts, the own account, sessions, consents, and the small public lists that signing up needs."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar
from uuid import UUID

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import aliases
from backend.core.accounts import queries
from backend.core.accounts.actions.accounts import change_locale, create_account, rotate_code
from backend.core.accounts.actions.consents import replace_consents
from backend.core.accounts.actions.invites import Redeeming
from backend.core.accounts.actions.sessions import revoke_other_sessions, revoke_session, sign_in
from backend.core.accounts.api import serializers as told
from backend.core.accounts.consents import CONSENTS, TEXTS
from backend.core.accounts.errors import AliasNotWanted
from backend.core.accounts.models import Account, Region, Session
from backend.core.errors import Invalid
from backend.core.http import pages
from backend.core.http.etag import kept
from backend.core.http.schema import page_of
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate, coarse_network
from backend.core.text import fold
from backend.core.vocabulary import UI_LANGUAGES

SIGN_UPS = Limit(name="sign-up", rate=Rate(count=60, per_s=3600, burst=40), fails="closed")
SUGGESTIONS = 5


class AccountsView(DomainView):
    """`POST /accounts`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    shows_secret = True
    limit = SIGN_UPS

    @extend_schema(operation_id="sign_up", request=told.SignUpSerializer, responses={201: told.NewAccountSerializer})
    def post(self, request: Request) -> Response:
        """Sign up. The access code and the token are shown this once."""
        given = self.read(told.SignUpSerializer)
        code, alias, avatar_key = (given.pop(name) for name in ("invite", "alias", "avatar_key"))
        if code is None and (alias is not None or avatar_key is not None):
            raise AliasNotWanted
        invite = None if code is None else Redeeming(code=code, alias=alias, avatar_key=avatar_key)
        made = create_account(**given, invite=invite, network=coarse_network(request._request), now=self.now)
        return Response(told.NewAccountSerializer(made).data, status=201)


class MeView(DomainView):
    """`GET/PATCH /me`"""

    @extend_schema(operation_id="read_me", responses=told.MeSerializer)
    def get(self, request: Request) -> Response:
        """The own account and its roles."""
        return Response(_me(self.by))

    @extend_schema(operation_id="change_me", request=told.MeChangeSerializer, responses=told.MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change the language of texts."""
        changes = self.read(told.MeChangeSerializer)
        if not changes:
            return Response(_me(self.by))
        return Response(_me(change_locale(by=self.by, locale=changes["locale"], now=self.now)))


class AccessCodeView(DomainView):
    """`POST /me/access-code`"""

    shows_secret = True

    @extend_schema(
        operation_id="rotate_access_code", request=told.AccessCodeSerializer, responses=told.NewAccessCodeSerializer
    )
    def post(self, request: Request) -> Response:
        """Replace the access code. It is shown this once; the old one is dead, all other sessions are ended."""
        code = rotate_code(by=self.by, session=self.session, **self.read(told.AccessCodeSerializer), now=self.now)
        return Response({"access_code": code})


class ConsentTextsView(DomainView):
    """`GET /consents`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_consent_texts", responses=told.ConsentTextsSerializer)
    def get(self, request: Request) -> Response:
        """What one can agree to, in its present version."""
        return Response({"items": [_consent_text(purpose) for purpose in CONSENTS]})


class ConsentsView(DomainView):
    """`GET/PUT /me/consents`"""

    @extend_schema(operation_id="read_consents", responses=told.ConsentsSerializer)
    def get(self, request: Request) -> Response:
        """What one agrees to, beside the present texts."""
        return Response(_consents(self.by))

    @extend_schema(
        operation_id="replace_consents", request=told.ConsentsChangeSerializer, responses=told.ConsentsSerializer
    )
    def put(self, request: Request) -> Response:
        """Agree to exactly these; what is not named is withdrawn."""
        replace_consents(by=self.by, versions=self.read(told.ConsentsChangeSerializer)["consents"], now=self.now)
        return Response(_consents(self.by))


class SessionsView(DomainView):
    """`POST/GET/DELETE /sessions`"""

    shows_secret = True

    @property
    def parameters(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("except",) if self.request.method == "DELETE" else pages.PARAMETERS

    def get_authenticators(self) -> list[Any]:
        # An old token must not keep anybody from signing in. (There is no request while the schema is written.)
        request: Request | None = self.request
        return [] if request is not None and request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [] if self.request.method == "POST" else list(super().get_permissions())

    @extend_schema(
        operation_id="sign_in", auth=[], request=told.SignInSerializer, responses={201: told.OpenedSessionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Sign in. The token is shown this once."""
        opened = sign_in(**self.read(told.SignInSerializer), network=coarse_network(request._request), now=self.now)
        return Response(told.OpenedSessionSerializer(opened).data, status=201)

    @extend_schema(operation_id="list_sessions", responses=page_of(told.SessionSerializer))
    def get(self, request: Request) -> Response:
        """The devices that are signed in."""
        found = queries.sessions_of(account=self.by, at=self.now)

        def render(rows: list[Session]) -> list[Any]:
            return list(told.SessionSerializer(rows, many=True, context={"current": self.session.id}).data)

        return Response(pages.page_of_many(found, ("-created_at", "-id"), request, render))

    @extend_schema(
        operation_id="revoke_other_sessions",
        parameters=[OpenApiParameter("except", str, required=True, enum=["current"])],
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """End all sessions but this one; their sockets close at once."""
        if request.query_params.getlist("except") != ["current"]:
            raise Invalid("parameter_invalid")
        revoke_other_sessions(by=self.by, keep=self.session, now=self.now)
        return Response(status=204)


class SessionView(DomainView):
    """`DELETE /sessions/{id}`"""

    @extend_schema(operation_id="revoke_session", responses={204: None})
    def delete(self, request: Request, session: UUID) -> Response:
        """End one session, this one too; its sockets close at once."""
        revoke_session(by=self.by, session=session, now=self.now)
        return Response(status=204)


class RegionsView(DomainView):
    """`GET /regions`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    parameters: ClassVar[tuple[str, ...]] = pages.PARAMETERS

    @extend_schema(operation_id="list_regions", responses={200: told.RegionsSerializer, 304: None})
    def get(self, request: Request) -> Response:
        """The regions that are known, how many there should be, and so how many are missing."""

        def render(rows: list[Region]) -> list[Any]:
            return list(told.RegionSerializer(rows, many=True).data)

        known = queries.count_regions()
        found = pages.page_of_many(queries.regions(), ("name", "key"), request, render)
        found |= {"expected": queries.REGIONS_EXPECTED, "missing": max(0, queries.REGIONS_EXPECTED - known)}
        tag = hashlib.sha256(orjson.dumps([found["items"], known])).hexdigest()[:16]
        return kept(request, tag, lambda: found, max_age_s=3600)


class AliasesView(DomainView):
    """`GET /me/aliases`"""

    parameters: ClassVar[tuple[str, ...]] = ("language",)

    @extend_schema(
        operation_id="suggest_aliases",
        parameters=[OpenApiParameter("language", str, enum=list(UI_LANGUAGES))],
        responses=told.AliasesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A few aliases and avatars to choose from, in the language asked for or one's own."""
        language = request.query_params.get("language", self.by.locale)
        if language not in UI_LANGUAGES:
            raise Invalid("parameter_invalid")
        chance = secrets.SystemRandom()
        shown: set[str] = set()
        items = []
        for _ in range(SUGGESTIONS):
            alias = aliases.suggest(language=language, rng=chance, taken=shown)
            shown.add(fold(text=alias))
            items.append({"alias": alias, "avatar_key": aliases.suggest_avatar(rng=chance)})
        return Response({"items": items})


def _me(account: Account) -> dict[str, Any]:
    roles = queries.roles_of(account=account)
    return dict(told.MeSerializer({"account": account.id, "locale": account.locale, "roles": roles}).data)


def _consent_text(purpose: str) -> dict[str, Any]:
    return {"purpose": purpose, "version": CONSENTS[purpose], "text": str(TEXTS[purpose])}


def _consents(account: Account) -> dict[str, Any]:
    held = queries.consents_of(account=account)
    items = []
    for purpose in CONSENTS:
        there = held.get(purpose)
        given = {"given_version": there and there.version, "given_at": there and there.given_at}
        items.append(_consent_text(purpose) | given)
    return {"items": items}
