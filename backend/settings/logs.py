"""Structured logs, one line of JSON each. Nobody's address, no query strings and no bodies."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from backend.core.faults import describe

# What may not be logged whatever a library attaches to its record.
_FORBIDDEN = frozenset({"request", "client_addr", "remote_addr", "ip", "body", "data", "params", "sql", "headers"})


def drop_private_keys(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop the keys that could hold a person's address, words or secrets."""
    return {key: value for key, value in event.items() if key not in _FORBIDDEN}


def tell_fault(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception by its kind and its places."""
    given = event.pop("exc_info", None)
    exc = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(exc, BaseException):
        event.update(describe(exc))
    if event.get("logger") == "asyncio":  # on its further lines it shows the task, and in it the exception's text
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


class NoAccessLines(logging.Filter):
    """Refuse the lines per request of Django and uvicorn: they hold paths and addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_private_keys,
]


def configure_logs(*, level: str) -> dict[str, Any]:
    """Configure structlog and return the value of Django's LOGGING."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_access_lines": {"()": NoAccessLines}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    tell_fault,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handlers would mail or print a request; only our line remains.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # It would tell the path and the exception's text: the edge and `reply_500` say what may be said.
            "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.server": {"handlers": [], "filters": ["no_access_lines"], "propagate": True},
            # They tell addresses that are called, and those of push are secrets.
            **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "urllib3", "google", "requests")},
            "uvicorn.access": {"filters": ["no_access_lines"], "level": "ERROR"},
        },
    }
