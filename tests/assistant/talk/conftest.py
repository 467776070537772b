"""A platform for the talks of each file, and a talk that has been greeted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.assistant.talk.conversation import Talk
from tests.assistant.whole_platform import Platform, running


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("talk")) as platform:
        yield platform


@pytest.fixture
def talk(platform: Platform) -> Talk:
    talk = Talk(platform)
    talk.act("action_talk", "xin chào", "greet")
    return talk
