"""What becomes of a run that nobody ends, and of what it was doing."""

from __future__ import annotations

from typing import Any

from utils.errors import InvalidRequest

SILENCE = 60  # seconds without a sign of life, after which a run has failed
MADE = ("queued", "in_progress")
WAITING = "requires_action"
ACTIVE = (*MADE, WAITING)
INTERRUPTED = {
    "code": "server_error",
    "message": "The relay stopped before this run was finished.",
}

_TIMES = {"failed": "failed_at", "cancelled": "cancelled_at", "expired": "expired_at"}


def as_of(run: dict[str, Any], seen: int, now: int) -> dict[str, Any]:
    """The run as it is now. `seen` is when its maker gave a sign of life."""
    if run["status"] in MADE and now - seen > SILENCE:
        failed_at = seen + SILENCE
        return run | {"status": "failed", "failed_at": failed_at, "last_error": INTERRUPTED}
    if run["status"] == WAITING and now >= run["expires_at"]:
        return run | {"status": "expired", "required_action": None}
    return run


def cancelled(run: dict[str, Any], now: int) -> dict[str, Any]:
    """Raises InvalidRequest when it is over already."""
    if run["status"] not in ACTIVE:
        raise InvalidRequest(
            f"Cannot cancel run with status '{run['status']}'.", param="run_id"
        )
    ended = {"status": "cancelled", "cancelled_at": now, "expires_at": None}
    return run | ended | {"required_action": None}


def step_as_of(step: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """What waited for the outputs of its calls ends with its run."""
    if step["status"] != "in_progress" or run["status"] in ACTIVE:
        return step
    status = run["status"] if run["status"] in _TIMES else "failed"
    at = run.get(_TIMES[status]) or run["expires_at"]
    ended = {"status": status, _TIMES[status]: at}
    return step | ended | ({"last_error": run["last_error"]} if status == "failed" else {})
