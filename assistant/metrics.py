"""Figures for operators (`GET /metrics`).  Labels hold channels and outcomes, never a person."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("tthc_turns_total", "Turns handled", ["channel", "behaviour", "error"])
TURN_SECONDS = Histogram(
    "tthc_turn_seconds", "Seconds a whole turn took", ["channel"],
    buckets=(0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.2, 0.5, 1, 2, 5, 15),
)  # fmt: skip
NOTICES = Counter(
    "tthc_notices_total",
    "Notices: sent, late (sent late), letter (to a phone number), failed (tried again), dead, kept, dropped_...",
    ["reason", "channel", "outcome"],
)  # fmt: skip
NOTICES_STATE = Gauge("tthc_notices_waiting", "Notices in the outbox, by state", ["state"])
WATCHED = Gauge("tthc_watched_dossiers", "Dossiers watched")
NOTICES_OLDEST = Gauge("tthc_notices_oldest_seconds", "How long the notice waits that is most overdue")
CHANNEL_EVENTS = Gauge(
    "tthc_channel_events", "Events in the inbox: waiting; dropped (too many of one person) and failed of eight days",
    ["channel", "state"],
)  # fmt: skip
CHANNEL_MESSAGES = Gauge(
    "tthc_channel_messages", "Messages not sent: waiting, and dead letters", ["channel", "state"]
)
CHANNEL_OLDEST = Gauge(
    "tthc_channel_oldest_seconds", "How long the event or message waits that waits longest", ["channel"]
)
CHANNEL_UP = Gauge("tthc_channel_up", "1: connected with the platform", ["channel"])
