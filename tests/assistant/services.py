"""Small real child processes for the tests of the launcher."""

from __future__ import annotations

import os
import select
import socket
import sys
from pathlib import Path

from assistant.setup.processes import Service

SERVER = """
import http.server, os, signal, subprocess, sys
port, deaf = int(sys.argv[1]), "--deaf" in sys.argv
if deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "--child" in sys.argv:
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    open(sys.argv[-1], "w").write(str(child.pid))
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", port), Door).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server(folder: Path, name: str = "Server", *options: str) -> Service:
    """A child that answers HTTP.  `--deaf`: does not hear SIGTERM; `--child FILE`: has a child, its id in FILE."""
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port), *options]
    return Service(name, command, folder / f"{name}.log", f"http://127.0.0.1:{port}/")


def is_gone(pid: int, within_s: float = 10) -> bool:
    """Whether the process ends in time; an own child that was not waited for counts as ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within_s)[0])
    finally:
        os.close(handle)
