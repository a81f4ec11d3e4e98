"""One request of a caller's as bytes, and what has to hold for its answer."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.answers import Answer

BOUNDARY = "soak-boundary"
SHOWN = 200  # characters of a wrong answer


@dataclass(frozen=True, slots=True)
class Request:
    """`leave_after` is when its caller hangs up, in seconds, unless all of it has come."""

    data: bytes
    leave_after: float | None = None


# What one caller does: yields requests, is sent their answers, raises where one is not right.
Visit = Generator[Request, Answer, None]


class Wrong(Exception):
    """An answer that should have been another. Its text is the same for all that are alike."""

    def __init__(self, why: str, answer: Answer) -> None:
        super().__init__(why)
        self.shown = f"{answer.status} {answer.body[-SHOWN:].decode(errors='replace')}"


def get(path: str, key: str) -> Request:
    return _request("GET", path, key)


def delete(path: str, key: str) -> Request:
    return _request("DELETE", path, key)


def post(path: str, key: str, body: Mapping[str, Any], **options: Any) -> Request:
    return post_bytes(path, key, json.dumps(body).encode(), **options)


def post_bytes(path: str, key: str, data: bytes, **options: Any) -> Request:
    return _request("POST", path, key, data, "application/json", **options)


def post_form(
    path: str, key: str, fields: Mapping[str, str], name: str, file: bytes
) -> Request:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    data = "".join([*parts, head]).encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
    return _request("POST", path, key, data, f"multipart/form-data; boundary={BOUNDARY}")


def _request(
    method: str, path: str, key: str, data: bytes = b"", kind: str = "", **options: Any
) -> Request:
    lines = [f"{method} {path} HTTP/1.1", "Host: soak"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if kind:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    return Request("\r\n".join([*lines, "", ""]).encode() + data, **options)


def has_status(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise Wrong(f"is a {answer.status}, not a {' or '.join(map(str, statuses))}", answer)


def body(answer: Answer, status: int = 200) -> Any:
    """The JSON of an answer that has that status."""
    has_status(answer, status)
    return json.loads(answer.body)


def is_same(answer: Answer, came: object, expected: object) -> None:
    if came != expected:
        raise Wrong("says something else", answer)


def is_refused(answer: Answer, status: int, code: str | None) -> None:
    """With an error of the dialect."""
    is_same(answer, body(answer, status)["error"]["code"], code)
