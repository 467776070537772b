"""Figures that the actions count (`GET /metrics`).  Labels hold kinds and outcomes, never a person."""

from __future__ import annotations

from prometheus_client import Counter

REQUESTS = Counter("tthc_requests_total", "Messages left for an officer", ["kind", "channel"])
RATINGS = Counter("tthc_ratings_total", "Ratings of resolved matters", ["matter", "score"])
OUTCOMES = Counter("tthc_outcomes_total", "Turns that were not answered, by kind", ["outcome"])
