"""Logs: one line an event, for people or as JSON.  Callers log codes and counts, never what a person typed."""

from __future__ import annotations

import logging

import structlog

from assistant.pipeline.guard import masked


def set_up_logs(level: str = "INFO", as_json: bool = False) -> None:
    """structlog for our own events; other libraries at WARNING."""
    number = getattr(logging, level.upper(), logging.INFO)
    renderer: structlog.typing.Processor
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            _mask_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "httpcore", "rasa_sdk", "telegram"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _mask_exception(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The words of an exception may quote a person: phone, personal-ID and dossier numbers leave the trace."""
    if isinstance(event.get("exception"), str):
        event["exception"] = masked(event["exception"])
    return event
