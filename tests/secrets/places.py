"""Where a key has no business to be, and clients put it all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.secrets.known import CHAT, HEADERS, KEY, PROMPT

BODIES: dict[str, Any] = {
    "model": {"model": KEY},
    "role": {"messages": [{"role": KEY, "content": PROMPT}]},
    "part": {"messages": [{"role": "user", "content": [{"type": KEY, "text": PROMPT}]}]},
    "map": {"logit_bias": {KEY: KEY}},
    "number": {"temperature": KEY},
    "choice": {"web_search_options": {"search_context_size": KEY}},
    "tool": {"tools": [{"type": KEY}]},
    "format": {"response_format": {"type": KEY}},
    "unknown": {KEY: KEY},
    "stop": {"stop": [KEY, ""]},
    "effort": {"reasoning_effort": KEY},
    "function": {"tools": [{"type": "function", "function": {"name": f"{KEY} {PROMPT}"}}]},
    "choice of a tool": {"tool_choice": {"type": KEY}},
    "schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": KEY, "schema": {"type": KEY, "pattern": f"({PROMPT}"}},
        }
    },
}
TEXTS = {
    "a cut body": f'{{"model": "{KEY}',
    "a string": f'"{KEY} {PROMPT}"',
    "a form": f"model={KEY}",
    "a body too large": KEY * 2**16,
}
PATHS = {
    "an unknown path": ("GET", f"/v1/{KEY}?key={KEY}"),
    "a model's path": ("GET", f"/v1/models/{KEY}?key={KEY}"),
    "a response's path": ("GET", f"/v1/responses/{KEY}?stream=true"),
    "a file's path": ("GET", f"/v1/files/{KEY}/content"),
    "a conversation's path": ("DELETE", f"/v1/conversations/{KEY}"),
    "a path below": ("POST", f"{CHAT}/{KEY}?key={KEY}"),
    "a query": ("GET", f"/v1/models?key={KEY}"),
    "the root": ("POST", f"/?key={KEY}"),
    "a wrong method": ("DELETE", f"{CHAT}?key={KEY}"),
    "an unknown method": (KEY.upper(), CHAT),
}
HEADS: dict[str, Mapping[str, str]] = {
    "no scheme": {"Authorization": KEY},
    "another scheme": {"Authorization": f"Basic {KEY}"},
    "two words": {"x-api-key": f"{KEY} {KEY}"},
    "a cookie": {"Cookie": KEY},
    "a name": HEADERS | {f"X-{KEY}": "1"},
    "a request id": HEADERS | {"X-Request-Id": KEY},
    "a part of one": HEADERS | {"X-Request-Id": f"id-{KEY}"},
    "where from": HEADERS | {"Origin": f"https://{KEY}.example", "User-Agent": KEY},
}
TRIMMED = HEADERS | {"x-relay-trim": KEY}
HTTP = "HTTP/1.1\r\nHost: x\r\n"
TYPED = {
    "a bare line end": f"GET / HTTP/1.1\r\nAuthorization: Bearer {KEY}\nHost: x\r\n\r\n",
    "a header without colon": f"GET / {HTTP}{KEY}\r\n\r\n",
    "a spaced header": f"GET / {HTTP}Authorization : Bearer {KEY}\r\n\r\n",
    "a first line": f"{KEY} / {HTTP}\r\n",
    "a transfer coding": f"POST {CHAT} {HTTP}Transfer-Encoding: {KEY}\r\n\r\n",
    "a length": f"POST {CHAT} {HTTP}Content-Length: {KEY}\r\n\r\n",
    "a chunk": f"POST {CHAT} {HTTP}Transfer-Encoding: chunked\r\n\r\n{KEY}\r\n\r\n",
}
