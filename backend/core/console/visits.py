"""A request to the console: its cookie, its session, who it is, and what every page's reply has.

Cookie: `__Host-console` over https, HttpOnly, SameSite=Strict. Before sign-in it holds a random value that is no
session and never becomes one. The CSRF token of a form is an HMAC of the cookie; beside it, `Origin` must be exactly
ours.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from backend.core import limits
from backend.core.accounts import queries as accounts
from backend.core.accounts import tokens
from backend.core.accounts.models import Account, Role
from backend.core.console import assets, sections
from backend.core.errors import DomainError, Forbidden, NotFound, SignInNeeded
from backend.core.http.problems import Fault, NotHere, log_fault, read_exception, request_id
from backend.core.http.titles import TITLES
from backend.core.limits import Rate
from backend.core.sealing.keyring import keyring
from backend.core.staff import queries
from backend.core.staff.actions.sessions import leave_notice, mark_seen
from backend.core.staff.errors import ConfirmFirst
from backend.core.staff.factors import Site
from backend.core.staff.models import Staff, StaffSession

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    # With `no-referrer` browsers send `Origin: null` with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)",
    "X-Robots-Tag": "noindex",
}
COOKIE = "console"
BROWSER_COOKIE = "console-browser"
KEYS_COOKIE = "console-keys"  # "off": this browser's single keys do nothing
BROWSER_S = 180 * 24 * 3600
RECENT = timedelta(minutes=10)  # of the second factor, for grave acts
PAGES = Rate(count=600, per_s=60, burst=200)
STAFF_KINDS = frozenset(accounts.STAFF)

P = ParamSpec("P")


@dataclass
class Visit:
    """One request. `session` is open or has begun; `by`, `staff`, `kinds` are there once it is open."""

    request: HttpRequest
    now: datetime
    token: str
    session: StaffSession | None = None
    roles: list[Role] = field(default_factory=list)
    _set: dict[str, str | None] = field(default_factory=dict)

    @property
    def by(self) -> Account:
        """Who asks. Raises `SignInNeeded`."""
        return self.staff.account

    @property
    def staff(self) -> Staff:
        """The same, as staff. Raises `SignInNeeded`."""
        if self.session is None or not self.session.is_open or self.session.staff is None:
            raise SignInNeeded
        return self.session.staff

    @property
    def kinds(self) -> frozenset[str]:
        """The staff roles that the person has now."""
        return frozenset(role.kind for role in self.roles if role.kind in STAFF_KINDS)

    @property
    def is_open(self) -> bool:
        """Whether somebody is signed in who may be here."""
        return self.session is not None and self.session.is_open and bool(self.kinds)

    def role(self, kind: str) -> Role:
        """The person's running role of this kind. Raises `NotFound`."""
        for role in self.roles:
            if role.kind == kind:
                return role
        raise NotFound

    @property
    def site(self) -> Site:
        """Where the browser sees the console."""
        host = self.request.get_host()
        return Site(origin=f"{self.request.scheme}://{host}", host=host.rpartition(":")[0] if ":" in host else host)

    @property
    def network(self) -> bytes:
        """The caller's coarse network, hashed."""
        return limits.coarse_network(self.request)

    @property
    def csrf(self) -> str:
        """What the forms of this page carry."""
        ring = keyring()
        return hmac.digest(ring.derived("console-csrf", ring.version), self.token.encode(), hashlib.sha256).hex()

    @property
    def browser(self) -> str:
        """The token of a browser that may be known."""
        return self.request.COOKIES.get(self._name(BROWSER_COOKIE), "")

    @property
    def keys(self) -> bool:
        """Whether single keys do something in this browser."""
        return self.request.COOKIES.get(self._name(KEYS_COOKIE)) != "off"

    def typed(self, name: str, *, most: int = 4000) -> str:
        """A field of the form as text, cut at `most` characters; empty when it is not there."""
        return str(self.request.POST.get(name, ""))[:most]

    # What is done to the cookies is told to the reply at the end.

    def take_token(self, token: str) -> None:
        """From now on the browser shows this token: after each factor, so that none given before is worth anything."""
        self.token = token
        self._set[COOKIE] = token

    def drop_token(self) -> None:
        """The browser shows none any more."""
        self.token = ""
        self._set[COOKIE] = None

    def know_browser(self, token: str) -> None:
        """The browser is one that the person has signed in from."""
        self._set[BROWSER_COOKIE] = token

    def switch_keys(self, *, on: bool) -> None:
        """Let single keys do something in this browser, or nothing."""
        self._set[KEYS_COOKIE] = None if on else "off"

    def tell(self, notice: str) -> None:
        """Say this on the next page, by the key of a registered notice."""
        if self.session is not None:
            leave_notice(session=self.session, notice=notice)

    def take_notice(self) -> str:
        """What the page before left to be said, once."""
        if self.session is None or not self.session.notice:
            return ""
        left, self.session.notice = self.session.notice, ""
        leave_notice(session=self.session, notice="")
        return sections.notice(left)

    @property
    def is_recent(self) -> bool:
        """Whether the second factor was shown lately."""
        shown = self.session.second_at if self.session is not None else None
        return shown is not None and self.now - shown <= RECENT

    def need_recent(self) -> None:
        """For grave acts. Raises `ConfirmFirst` when the second factor was shown too long ago."""
        if not self.is_recent:
            raise ConfirmFirst

    def finish(self, response: HttpResponse) -> HttpResponse:
        """Cookies and headers."""
        for name, value in self._set.items():
            if value is None:
                response.delete_cookie(self._name(name), path="/", samesite="Strict")
                if self._secure:
                    response.cookies[self._name(name)]["secure"] = True
                continue
            response.set_cookie(
                self._name(name),
                value,
                max_age=None if name == COOKIE else BROWSER_S,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="Strict",
            )
        for name, text in HEADERS.items():
            response.headers.setdefault(name, text)
        response["Content-Language"] = translation.get_language() or "en"
        return response

    @property
    def _secure(self) -> bool:
        return self.request.is_secure()

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self._secure else name

    def open(self, *, seen: bool = True) -> None:
        """Read the cookie and what it stands for; `seen`: the session is in use."""
        self.token = self.request.COOKIES.get(self._name(COOKIE), "")
        if not self.token or len(self.token) > 100:
            self.take_token(tokens.new_token())
            return
        self.session = queries.session_by_token(token=self.token, at=self.now)
        if self.session is not None and self.session.is_open:
            self.roles = accounts.roles_of(account=self.by)
            if seen:
                mark_seen(session=self.session, now=self.now)
            translation.activate(self.by.locale)

    def check_sender(self) -> None:
        """An unsafe request comes from one of our own pages. Raises `Forbidden`."""
        if self.request.method in ("GET", "HEAD"):
            return
        headers = self.request.headers
        if headers.get("Origin") != self.site.origin or headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Forbidden
        if not hmac.compare_digest(self.typed("csrf").encode(), self.csrf.encode()):
            raise Forbidden


Page = Callable[Concatenate[Visit, P], HttpResponse]
View = Callable[..., HttpResponse]


def page(
    *,
    kinds: Collection[str] | None = STAFF_KINDS,
    methods: Collection[str] = ("GET",),
    grave: bool = False,
    by_itself: bool = False,
) -> Callable[[Page[P]], View]:
    """Make a page's view of a function of its visit.

    `kinds`: the roles that may see it, None for everybody; for anybody else it is not there. `grave`: asks for the
    second factor again when it was shown too long ago. `by_itself`: a page's script asks, and nobody may be sitting
    there: it does not keep the session open. Refusals become pages.
    """

    def wrap(fn: Page[P]) -> View:
        @functools.wraps(fn)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            visit = Visit(request=request, now=timezone.now(), token="")
            try:
                if request.method not in {"HEAD", *methods}:
                    raise NotHere(allow=", ".join(sorted({"HEAD", *methods})))
                limits.take_local(name="console", key=visit.network, rate=PAGES, now=visit.now)
                visit.open(seen=not by_itself)
                visit.check_sender()
                if kinds is not None:
                    if not visit.is_open:
                        raise SignInNeeded
                    if not visit.kinds & set(kinds):
                        raise NotFound
                if grave:
                    visit.need_recent()
                response = fn(visit, *args, **kwargs)
            except Exception as exc:
                response = _refuse(visit, exc)
            return visit.finish(response)

        return view

    return wrap


def _refuse(visit: Visit, exc: Exception) -> HttpResponse:
    error = NotFound() if isinstance(exc, Http404) else read_exception(exc)
    if error is None:
        log_fault(exc)
        error = Fault()
    if isinstance(error, SignInNeeded):
        return to("sign_in")
    if isinstance(error, ConfirmFirst):
        # Back to the page itself: what was typed into a form that was open too long is typed again.

        response = HttpResponseRedirect(f"{reverse('console:confirm')}?next={visit.request.path}")
        response.status_code = 303
        return response
    return show_refusal(visit, error)


def show_refusal(visit: Visit, error: DomainError) -> HttpResponse:
    """The page of a refusal."""
    title = str(TITLES.get(error.code, TITLES["fault"]))
    response = show(visit, "refusal", {"title": title, "request_id": request_id.get()}, status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, int(error.retry_after)))
    if isinstance(error, NotHere) and error.allow:
        response["Allow"] = error.allow
    return response


def show(visit: Visit, template: str, given: Mapping[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """A page from `console/<template>.html`, or of an app's own `<folder>/<template>`; `given` needs a `title`."""
    open_ = visit.is_open
    told: dict[str, Any] = {
        "visit": visit,
        "csrf": visit.csrf,
        "css": assets.address("console.css"),
        "js": assets.address("console.js"),
        "sections": sections.sections_for(visit.kinds) if open_ else [],
        "signed_in": open_,
        "notice": visit.take_notice() if open_ else "",
        "language": translation.get_language(),
        "rtl": translation.get_language_bidi(),
        "here": visit.request.path,
        "keys": open_ and visit.keys,
        **(given or {}),
    }
    return HttpResponse(
        render_to_string(f"{template}.html" if "/" in template else f"console/{template}.html", told), status=status
    )


def to(name: str, *args: str | UUID) -> HttpResponse:
    """See other: a page of the console by its route's name."""
    response = HttpResponseRedirect(reverse(f"console:{name}", args=args))
    response.status_code = 303
    return response


def refusal_text(error: DomainError) -> str:
    """What a form says beside itself when its action refused."""
    return str(TITLES.get(error.code, TITLES["fault"]))
