"""For the few views that are no DRF views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest

from backend.core.http.problems import NotHere

V = TypeVar("V", bound=Callable[..., Any])


def read_only(view: V) -> V:
    """GET and HEAD; anything else is a problem. For plain functions and coroutine functions."""

    def check(request: HttpRequest) -> None:
        if request.method not in ("GET", "HEAD"):
            raise NotHere(allow="GET, HEAD")

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        check(request)
        return view(request, *args, **kwargs)

    @wraps(view)
    async def run_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        check(request)
        return await view(request, *args, **kwargs)

    return cast(V, run_async if iscoroutinefunction(view) else run)
