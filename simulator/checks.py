"""What is wrong with the body of a chat call (onemin-api.md 2.1)."""

from __future__ import annotations

from typing import Any

FEATURE = "UNIFY_CHAT_WITH_AI"
# The documented constant is not enforced: older types were answered too (onemin-api.md 2.1).
TYPES = (FEATURE, "CHAT_WITH_IMAGE", "CHAT", "CHAT_WITH_AI")

Faults = list[dict[str, str]]


def fault(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}


def body_faults(body: Any) -> Faults:
    """The top level only: a missing promptObject is told after an unknown model."""
    if not isinstance(body, dict):
        return [fault("body", "body must be an object")]
    faults: Faults = []
    if body.get("type") not in TYPES:
        faults.append(fault("type", f"type must be {FEATURE}"))
    if not isinstance(body.get("model"), str):
        faults.append(fault("model", "model must be a string"))
    return faults


def prompt_faults(prompt_object: Any) -> Faults:
    """Unknown fields pass; a legacy imageList is echoed and ignored."""
    if not isinstance(prompt_object, dict):
        return [fault("promptObject", "promptObject must be an object")]
    faults: Faults = []
    if not isinstance(prompt_object.get("prompt"), str):
        faults.append(fault("prompt", "prompt must be a string"))
    if not isinstance(prompt_object.get("conversationId"), str | None):
        faults.append(fault("conversationId", "conversationId must be a string"))
    return faults + _attachment_faults(prompt_object) + _setting_faults(prompt_object)


def _attachment_faults(prompt_object: dict[str, Any]) -> Faults:
    attachments = prompt_object.get("attachments") or {}
    if not isinstance(attachments, dict):
        return [fault("attachments", "attachments must be an object")]
    return [
        fault(f"attachments.{name}", f"{name} must be an array of strings")
        for name in ("images", "files")
        if not _strings(attachments.get(name) or [])
    ]


def _setting_faults(prompt_object: dict[str, Any]) -> Faults:
    settings = prompt_object.get("settings") or {}
    if not isinstance(settings, dict):
        return [fault("settings", "settings must be an object")]
    return [
        fault(f"settings.{name}", f"{name} must be an object")
        for name in ("webSearchSettings", "historySettings")
        if not isinstance(settings.get(name) or {}, dict)
    ]


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
