"""Visits of callers who have the relay keep something, or make something."""

from __future__ import annotations

import base64
import json

from bench.dialects import MODEL
from bench.soak.requests import (
    Visit,
    body,
    delete,
    get,
    has_status,
    is_refused,
    is_same,
    post,
    post_form,
)

RESPONSES, FILES, IMAGES = "/v1/responses", "/v1/files", "/v1/images/generations"
IMAGE_MODEL = "gpt-image-1-mini"
FILE_LINES = 200


def responses(number: int, key: str) -> Visit:
    """One that is kept, continued as a stream, read, and both deleted."""
    words = f"Response {number}."
    answer = yield post(RESPONSES, key, _saying(words))
    first = body(answer)
    is_same(answer, _said(first), words)
    more = {"stream": True, "previous_response_id": first["id"]}
    answer = yield post(RESPONSES, key, _saying(f"{words} More.") | more)
    has_status(answer, 200)
    *_, last = answer.events()
    is_same(answer, last.name, "response.completed")
    second = json.loads(last.data)["response"]
    is_same(answer, _said(second), f"{words} More.")
    answer = yield get(f"{RESPONSES}/{second['id']}", key)
    is_same(answer, _said(body(answer)), f"{words} More.")
    for each in (second, first):
        answer = yield delete(f"{RESPONSES}/{each['id']}", key)
        is_same(answer, body(answer)["deleted"], True)
    has_status((yield get(f"{RESPONSES}/{first['id']}", key)), 404)


def files(number: int, key: str) -> Visit:
    """Uploaded, listed, read, asked about, deleted."""
    data = "".join(f"{line}: of the file {number}\n" for line in range(FILE_LINES)).encode()
    answer = yield post_form(FILES, key, {"purpose": "user_data"}, f"{number}.txt", data)
    kept = body(answer)
    is_same(answer, kept["bytes"], len(data))
    place = f"{FILES}/{kept['id']}"
    answer = yield get(f"{FILES}?limit=100", key)
    is_same(answer, kept["id"] in {each["id"] for each in body(answer)["data"]}, True)
    answer = yield get(f"{place}/content", key)
    has_status(answer, 200)
    is_same(answer, answer.body, data)
    part = {"type": "file", "file": {"file_id": kept["id"]}}
    words = {"type": "text", "text": f"say exactly: {number} is read."}
    said = [{"role": "user", "content": [part, words]}]
    answer = yield post("/v1/chat/completions", key, {"model": MODEL, "messages": said})
    has_status(answer, 200)
    answer = yield delete(place, key)
    is_same(answer, body(answer)["deleted"], True)
    is_refused((yield get(place, key)), 404, "not_found")


def images(number: int, key: str) -> Visit:
    """As its bytes, or as where it is."""
    form = ("b64_json", "url")[number % 2]
    wanted = {"model": IMAGE_MODEL, "prompt": f"draw {number}", "size": "1024x1024"}
    answer = yield post(IMAGES, key, {**wanted, "response_format": form})
    [picture] = body(answer)["data"]
    begin = base64.b64decode(picture[form])[:4] if form == "b64_json" else picture[form][:4]
    is_same(answer, begin, b"\x89PNG" if form == "b64_json" else "http")


def looking(number: int, key: str) -> Visit:
    """What a program asks before it asks for anything else."""
    answer = yield get("/v1/models", key)
    known = {each["id"] for each in body(answer)["data"]}
    is_same(answer, MODEL in known, True)
    answer = yield get(f"/v1/models/{MODEL}", key)
    is_same(answer, body(answer)["id"], MODEL)
    has_status((yield get("/v1/usage", key)), 200)


def watching(number: int, key: str) -> Visit:
    """What watches the relay."""
    for path in ("/healthz", "/readyz", "/metrics"):
        has_status((yield get(path, key)), 200)


def _saying(words: str) -> dict[str, object]:
    return {"model": MODEL, "input": f"say exactly: {words}", "store": True}


def _said(response: dict[str, object]) -> str:
    output = response["output"]
    assert isinstance(output, list)
    return str(output[-1]["content"][0]["text"])
