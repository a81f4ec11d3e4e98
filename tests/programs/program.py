"""How each program is told to use the relay and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a program. `again` goes on with the conversation before."""

    model: str
    prompt: str
    again: bool = False


class Program(Protocol):
    name: str

    def prepare(self, home: Path, relay: str) -> None: ...

    def environ(self, relay: str, key: str, model: str) -> Mapping[str, str]: ...

    def arguments(self, call: Call) -> list[str]: ...


CODEX_SETTINGS = """\
model_provider = "relay"
check_for_update_on_startup = false

[model_providers.relay]
name = "1min.ai"
base_url = "{relay}/v1"
env_key = "ONE_MIN_API_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 2

[features]
plugins = false
apps = false

[analytics]
enabled = false
"""


class Codex:
    name = "codex"

    def prepare(self, home: Path, relay: str) -> None:
        settings = home / ".codex" / "config.toml"
        settings.parent.mkdir()
        settings.write_text(CODEX_SETTINGS.format(relay=relay))

    def environ(self, relay: str, key: str, model: str) -> Mapping[str, str]:
        return {"ONE_MIN_API_KEY": key}

    def arguments(self, call: Call) -> list[str]:
        """Its own sandbox needs rights that containers lack; the folder is a throw-away one."""
        how = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
        whom = ["resume", "--last"] if call.again else []
        return ["exec", *whom, "--strict-config", *how, "--model", call.model, call.prompt]


class ClaudeCode:
    name = "claude"

    def prepare(self, home: Path, relay: str) -> None:
        """Its settings are all in the environment."""

    def environ(self, relay: str, key: str, model: str) -> Mapping[str, str]:
        return {
            "ANTHROPIC_BASE_URL": relay,
            "ANTHROPIC_AUTH_TOKEN": key,
            "ANTHROPIC_MODEL": model,
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": model,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }

    def arguments(self, call: Call) -> list[str]:
        whom = ["--continue"] if call.again else []
        tools = "Bash,CronList,WebSearch"
        allowed = ["--permission-mode", "acceptEdits", "--allowedTools", tools]
        return ["--print", *whom, call.prompt, *allowed]
