"""The whole assistant as `tthc up` runs it, on free ports and in a data directory of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from assistant.settings import ROOT, settings
from assistant.setup.dialogue import room
from connectors.standins import zalo
from connectors.standins.telegram import TOKEN

READY_S = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """Started by `start`, stopped by `stop`; `url` is the platform's address."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        self.data_dir = data_dir
        self.ports = {name: free_port() for name in ("platform", "rasa", "sandbox", "telegram", "zalo", "site")}
        self.telegram = f"http://127.0.0.1:{self.ports['telegram']}"
        self.zalo = f"http://127.0.0.1:{self.ports['zalo']}"
        self.standins: list[subprocess.Popen[bytes]] = []
        self.url = f"http://127.0.0.1:{self.ports['platform']}"
        self.environ = {
            **os.environ,
            "TTHC_DATA_DIR": str(data_dir),
            "TTHC_PORT": str(self.ports["platform"]),
            "TTHC_RASA_PORT": str(self.ports["rasa"]),
            "TTHC_SANDBOX_PORT": str(self.ports["sandbox"]),
            "TTHC_TELEGRAM_API": self.telegram,
            "TTHC_TELEGRAM_TOKEN": TOKEN,
            "TTHC_ZALO_API": self.zalo,
            "TTHC_ZALO_OAUTH": self.zalo,
            "TTHC_ZALO_APP_ID": zalo.APP_ID,
            "TTHC_ZALO_APP_SECRET": zalo.APP_SECRET,
            "TTHC_ZALO_SECRET": zalo.OA_SECRET,
            "TTHC_ZALO_REFRESH_TOKEN": zalo.REFRESH,
            "TTHC_FRAME_ANCESTORS": f"http://localhost:{self.ports['site']}",
            "TTHC_TRACE": "1",
            "TTHC_TURNS_PER_MINUTE": "10000",
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir / "up.log"

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copytree(room(settings()) / "models", self.data_dir / "rasa" / "models", dirs_exist_ok=True)
        webhook = ["--webhook", f"{self.url}/webhooks/zalo", "--refresh-token", zalo.REFRESH]
        for name, more in {"telegram": [], "zalo": webhook}.items():
            command = [sys.executable, "-m", f"connectors.standins.{name}", "--port", str(self.ports[name]), *more]
            standin = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
            )
            self.standins.append(standin)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("tthc")), "up"],
                cwd=ROOT, env=self.environ, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        self.wait_ready()

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.5)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        for standin in self.standins:
            standin.kill()
            standin.wait(10)
        self.standins = []

    def chat(self, conversation: str, **said: Any) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/api/v1/chat", json={"conversation": conversation, **said}, timeout=60, trust_env=False
        )
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def press(self, conversation: str, body: dict[str, Any], title: str) -> dict[str, Any]:
        """Presses the button of `body` whose title holds `title`."""
        for message in body["messages"]:
            for choice in message.get("choices", []):
                if title in choice["title"] and "payload" in choice:
                    return self.chat(conversation, payload=choice["payload"])
        raise AssertionError(f"no button {title!r} in {body}")


def text_of(body: dict[str, Any]) -> str:
    return "\n".join(message["text"] for message in body["messages"])
