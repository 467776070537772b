"""A portal of invented procedures on loopback that answers, and fails, as the real one has been seen to."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from knowledge_base.sync.client import DETAIL_PATH, LIST_PATH

Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[["Portal", bytes], Answer | None]  # gets the proper body; None: hang up without an answer
REJECTED = b"<html><head><title>Request Rejected</title></head><body>Your support ID is: 1</body></html>"


def record(number: int, **changes: object) -> dict[str, Any]:
    """A detail as the portal gives it, without envelope."""
    code = f"9.{number:06d}"
    return {
        "id": f"mau-{number:06d}",
        "code": code,
        "codeNotation": code,
        "name": f"Cấp sổ tay mẫu số {number}",
        "type": "STANDARD",
        "state": "ACTIVE",
        "isWard": True,
        "departmentPromulgateName": "Bộ Mẫu",
        "executionSteps": [{"name": "", "description": "Nộp đơn, nhận sổ."}],
        "executionMethods": [{"submissionMethod": "DIRECT", "processingTime": 3, "processingTimeUnit": "WORKING_DAY"}],
        "executionCases": [{"name": "", "profileComponents": [{"name": "Tờ khai", "originalQty": 1, "copyQty": 0}]}],
        "requirementsAndConditions": "",
        "legalBasisesDetails": [{"code": "12/2025/NĐ-CP", "name": "Nghị định mẫu"}],
        "procedureProposal": {"proposalNumber": "7/QĐ-MAU"},
        "updatedAt": 1,
        **changes,
    }


class Portal:
    """`records` by id; the list gives them in falling order of id.  `requests` holds what was asked."""

    def __init__(self, count: int) -> None:
        self.records = {item["id"]: item for item in map(record, range(1, count + 1))}
        self.requests: list[tuple[str, str]] = []  # path, id or cursor
        self.times: list[float] = []
        self.headers: list[dict[str, str]] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)  # by path or id, used up one by one
        self.always: dict[str, Fault] = {}
        self.reached = threading.Event()  # set by `stall`
        self.release = threading.Event()
        self.busy = 0
        self.most_busy = 0
        self.page_size: int | None = None
        self.drip_s = 0.0  # pause between two bytes of an answer
        self.url = ""

    @property
    def details(self) -> list[str]:
        return [asked for path, asked in self.requests if path == DETAIL_PATH]

    @property
    def pages(self) -> list[str]:
        return [asked for path, asked in self.requests if path == LIST_PATH]

    def forget(self) -> None:
        self.requests.clear()
        self.times.clear()

    def change(self, number: int, *, listed: bool = True, **changes: object) -> None:
        """Changes a record; `listed`: so that its list item differs as well."""
        item = self.records[f"mau-{number:06d}"]
        item.update(changes)
        if listed:
            item["state"] = "UPDATED"

    def answer(self, path: str, body: dict[str, Any]) -> Answer | None:
        asked = str(body["id"] if path == DETAIL_PATH else body["lastId"])
        self.requests.append((path, asked))
        self.times.append(time.monotonic())
        proper = json.dumps(self._proper(path, body), ensure_ascii=False).encode()
        for key in (asked, path):
            if key in self.always:
                return self.always[key](self, proper)
            if self.faults[key]:
                return self.faults[key].popleft()(self, proper)
        return 201, {}, proper

    def _proper(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == DETAIL_PATH:
            found = self.records.get(body["id"])
            data: dict[str, Any] | None = found
            return {"code": "OK" if found else "NOT_FOUND", "data": data, "message": "OK"}
        keys = ("id", "name", "code", "type", "state")
        behind = [key for key in sorted(self.records, reverse=True) if not body["lastId"] or key < body["lastId"]]
        items = [
            {**{key: self.records[one][key] for key in keys}, "categories": [], "departments": [],
             "departmentPromulgate": self.records[one]["departmentPromulgateName"]}
            for one in behind[: self.page_size or body["limit"]]
        ]  # fmt: skip
        last = items[-1]["id"] if items else body["lastId"]
        return {"code": "OK", "data": {"items": items, "lastId": last, "total": len(self.records)}, "message": "OK"}


def status(code: int, **headers: str) -> Fault:
    return lambda portal, body: (code, {key.replace("_", "-"): value for key, value in headers.items()}, b"{}")


def rejected(portal: Portal, body: bytes) -> Answer:
    return 200, {"Content-Type": "text/html"}, REJECTED


def truncated(portal: Portal, body: bytes) -> Answer:
    return 201, {}, body[: len(body) // 2]


def hang_up(portal: Portal, body: bytes) -> None:
    return None


def stall(portal: Portal, body: bytes) -> Answer:
    """Answers when told to."""
    portal.reached.set()
    portal.release.wait(30)
    return 201, {}, body


def instead(answer: object) -> Fault:
    return lambda portal, body: (201, {}, json.dumps(answer).encode())


@contextmanager
def serving(portal: Portal) -> Iterator[Portal]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            portal.busy += 1
            portal.most_busy = max(portal.busy, portal.most_busy)
            try:
                self._answer()
            except OSError:
                self.close_connection = True  # the client has gone
            finally:
                portal.busy -= 1

        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            portal.headers.append(dict(self.headers))
            answer = portal.answer(self.path, body)
            if answer is None:
                self.close_connection = True
                return
            code, headers, content = answer
            self.send_response(code)
            for key, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if portal.drip_s:
                for place in range(len(content)):
                    self.wfile.write(content[place : place + 1])
                    portal.release.wait(portal.drip_s)
                return
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    portal.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield portal
    finally:
        portal.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
