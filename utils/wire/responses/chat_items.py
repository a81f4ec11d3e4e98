"""The messages of a chat completion as items of a response."""

from __future__ import annotations

from collections.abc import Iterator

from utils.wire.chat.messages import (
    AudioPart,
    FilePart,
    ImageFilePart,
    ImagePart,
    InputMessage,
    Part,
    RefusalPart,
    TextPart,
)
from utils.wire.items import Item


def chat_items(message: InputMessage) -> Iterator[Item]:
    """A message with calls is several."""
    kind = "output_text" if message.role == "assistant" else "input_text"
    content: str | list[Item] = message.content if isinstance(message.content, str) else ""
    if isinstance(message.content, list):
        content = [_part(part, kind) for part in message.content]
    if message.role in ("tool", "function"):
        id = message.tool_call_id or message.name or ""
        yield {"type": "function_call_output", "call_id": id, "output": content}
        return
    if message.refusal and not content:
        content = [{"type": "refusal", "refusal": message.refusal}]
    if content or not message.tool_calls:
        yield {"type": "message", "role": message.role, "content": content}
    for call in message.tool_calls or ():
        function = {"name": call.function.name, "arguments": call.function.arguments or "{}"}
        yield {"type": "function_call", "call_id": call.id, **function}
    if called := message.function_call:  # OpenAI's first calls had names and no ids
        function = {"name": called.name, "arguments": called.arguments or "{}"}
        yield {"type": "function_call", "call_id": called.name, **function}


def _part(part: Part, kind: str) -> Item:
    match part:
        case TextPart(text=text):
            return {"type": kind, "text": text}
        case RefusalPart(refusal=refusal):
            return {"type": "refusal", "refusal": refusal}
        case ImagePart(image_url=image):
            url = image if isinstance(image, str) else image.url
            return {"type": "input_image", "image_url": url}
        case ImageFilePart(image_file=file):
            return {"type": "input_image", "file_id": file.file_id}
        case AudioPart(input_audio=audio):
            return {"type": "input_audio", "input_audio": audio.model_dump(exclude_none=True)}
        case FilePart(file=file):
            return {"type": "input_file", **file.model_dump(exclude_none=True)}
