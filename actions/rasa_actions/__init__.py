"""The rasa-sdk actions: thin over the domain rooms beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasa_sdk.executor import ActionExecutor

    from actions.services import Services


def make_executor(services: Services) -> ActionExecutor:
    """An executor with every action of the domain, ready to answer Rasa's calls."""
    from rasa_sdk.executor import ActionExecutor

    from actions.rasa_actions import (
        appointments,
        booking,
        cases,
        forms,
        journeys,
        leaving,
        notices,
        people,
        questions,
        ratings,
        status,
        talk,
    )
    from actions.rasa_actions.base import TthcAction

    executor = ActionExecutor()
    rooms = (
        questions, journeys, talk, people, leaving, ratings, status, booking, cases, forms, appointments, notices,
    )  # fmt: skip
    for room in rooms:
        for kind in vars(room).values():
            if isinstance(kind, type) and issubclass(kind, TthcAction) and kind.title:
                executor.register_action(kind(services))
    return executor
