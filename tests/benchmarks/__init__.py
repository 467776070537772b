"""Benchmarks: they print figures and never fail on a clock.  `python -m tests.benchmarks.search`, `…turns`."""
