"""The life of a turn between a connector and Rasa, and back (docs/architecture.md)."""

from assistant.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
