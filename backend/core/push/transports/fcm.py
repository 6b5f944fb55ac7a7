"""Firebase Cloud Messaging through Google's own library, HTTP v1: Android as data, iOS as an alert of a static text.

The library takes two seconds to import, makes a thread for each message and would try again by itself: it is imported
when there is something to send, gets few at once, and its retries are off.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings

from backend.core.push.transports.verdicts import COLLAPSE, TTL_S, Outcome, Push, Verdict, read_retry_after

log = logging.getLogger(__name__)
_once = threading.Lock()
_ABOUT_THE_ADDRESS = {"message.token", "message.fid"}


def send(pushes: Sequence[Push]) -> list[Verdict]:
    """At most 50 at once."""
    with _once:
        app = _app(settings.FCM_CREDENTIALS, settings.FCM_URL)
    from firebase_admin import exceptions, messaging

    try:
        responses = messaging.send_each([build(push) for push in pushes], app=app).responses
    except exceptions.FirebaseError as fault:
        return [_read_fault(fault)] * len(pushes)
    return [Verdict(Outcome.SENT) if response.success else _read_fault(response.exception) for response in responses]


def build(push: Push) -> Any:
    """The message. Nothing in it depends on why somebody is woken, and its length on the address alone."""
    from firebase_admin import messaging

    message = messaging.Message(
        data={"wake": "1", "text": push.text_key},
        android=messaging.AndroidConfig(collapse_key=COLLAPSE, priority="high", ttl=TTL_S),
        apns=messaging.APNSConfig(
            headers={
                "apns-push-type": "alert",
                "apns-priority": "10",
                "apns-collapse-id": COLLAPSE,
                "apns-expiration": str(int(time.time()) + TTL_S),
            },
            payload=messaging.APNSPayload(
                aps=messaging.Aps(
                    alert=messaging.ApsAlert(loc_key=f"push_{push.text_key}"), mutable_content=True, sound="default"
                )
            ),
        ),
    )
    if push.address.kind == "fid":
        message.fid = push.address.address
    else:  # set here: the parameter warns that it will go, and not every client has the other
        message.token = push.address.address
    return message


@cache
def _app(credentials_file: str, url: str) -> Any:
    """One app of the library per process and setting, with its retries off."""
    import firebase_admin
    import requests
    from firebase_admin import credentials, messaging

    if url:
        messaging._MessagingService.FCM_URL = url
    app = firebase_admin.initialize_app(
        credentials.Certificate(credentials_file),
        {"httpTimeout": settings.PUSH_TIMEOUT_S},
        name=f"naast-{credentials_file}",
    )
    session = messaging._get_messaging_service(app)._client.session
    for prefix in list(session.adapters):
        session.mount(prefix, requests.adapters.HTTPAdapter(pool_maxsize=50, max_retries=0))
    return app


def _read_fault(fault: Any) -> Verdict:
    from firebase_admin import exceptions, messaging
    from google.auth.exceptions import RefreshError

    response = getattr(fault, "http_response", None)
    why = type(fault).__name__
    if isinstance(fault, messaging.UnregisteredError):
        return Verdict(Outcome.GONE, why=why)
    if isinstance(fault, exceptions.InvalidArgumentError):
        about = _fields_of(response) & _ABOUT_THE_ADDRESS
        return Verdict(Outcome.GONE if about else Outcome.REFUSED, why=why)
    denied = (
        messaging.SenderIdMismatchError,  # perhaps our project is another one now: no reason to forget everybody
        messaging.ThirdPartyAuthError,
        exceptions.UnauthenticatedError,
        exceptions.PermissionDeniedError,
        exceptions.NotFoundError,  # without UNREGISTERED: the project, not the address
    )
    cause = fault.cause
    if isinstance(fault, denied) or (isinstance(cause, RefreshError) and not cause.retryable):
        return Verdict(Outcome.DENIED, why=why)
    after = read_retry_after(response.headers.get("Retry-After") if response is not None else None, now_s=time.time())
    return Verdict(Outcome.LATER, retry_after=after, why=why)


def _fields_of(response: Any) -> set[str]:
    """The fields of the message that the service complains of."""
    try:
        details = response.json()["error"]["details"]
        return {
            violation["field"]
            for detail in details
            if detail.get("@type", "").endswith("google.rpc.BadRequest")
            for violation in detail["fieldViolations"]
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return set()
