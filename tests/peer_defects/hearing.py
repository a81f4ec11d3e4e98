"""What was asked and what was answered."""

from __future__ import annotations

import json

import requests

from simulator.server import Simulator


def text_of(reply: requests.Response) -> str:
    """What an answer says, streamed or whole."""
    if "event-stream" not in reply.headers["Content-Type"]:
        text: str = reply.json()["choices"][0]["message"]["content"]
        return text
    assert reply.text.endswith("data: [DONE]\n\n")
    data = [json.loads(frame[6:]) for frame in reply.text.split("\n\n")[:-2]]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in data)


def prompt_of(onemin: Simulator) -> str:
    prompt: str = onemin.chats[-1].json["promptObject"]["prompt"]
    return prompt
