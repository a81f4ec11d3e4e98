"""A simulated 1min.ai and the relay together, one streamed chat, then pages: `make demo`.

The relay runs as its own process, as an operator would run it; nothing leaves this machine.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simulator.server import Simulator

APP = Path(__file__).parent.parent / "app.py"
KEY = "demo-key"
QUESTION = "Hello! Who is there?"


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        show()
    return 0


def show() -> None:
    """Until somebody interrupts it."""
    token = secrets.token_urlsafe()
    with (
        Simulator(pace=60) as onemin,
        tempfile.TemporaryDirectory() as folder,
        relaying(onemin, folder, token) as port,
    ):
        relay = f"http://127.0.0.1:{port}"
        print(f"1min.ai (simulated)  {onemin.url}")
        print(f"the relay            {relay}/v1")
        print(f"\nyou          {QUESTION}\ngpt-4o-mini  ", end="")
        for text in chat(port):
            print(text, end="", flush=True)
        print("\n\nThat was one streamed chat completion. No account was used.\n")
        print(f"Go on in a browser: {relay}/playground with the key {KEY},")
        print(f"{relay}/dashboard with the token {token}. Ctrl-C ends it.", flush=True)
        signal.pause()


@contextmanager
def relaying(onemin: Simulator, folder: str, token: str) -> Iterator[int]:
    """A relay in front of this 1min.ai, and its port."""
    own = {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "WORKERS": "1",
        "LOG_LEVEL": "WARNING",
        "ONE_MIN_BASE_URL": onemin.url,
        "ONE_MIN_ASSET_URL": onemin.asset_url,
        "ONE_MIN_API_KEYS": "pays-for-keys-made-in-the-dashboard",
        "DATA_DIR": folder,
        "ADMIN_TOKEN": token,
    }
    with subprocess.Popen(
        [sys.executable, str(APP)],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        text=True,
    ) as relay:
        try:
            yield listening(relay)
        finally:
            relay.terminate()


def listening(relay: subprocess.Popen[str]) -> int:
    """The port that the relay's greeting names."""
    assert relay.stdout
    for line in relay.stdout:
        if line.startswith("Base URL"):
            return int(line.rsplit(":", 1)[1].removesuffix("/v1\n"))
    raise SystemExit("The relay did not start.")


def chat(port: int) -> Iterator[str]:
    """The words of a streamed answer, as they come."""
    asked = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": True,
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(asked), headers)
    with connection.getresponse() as response:
        for line in response:
            if line.startswith(b"data: {"):
                delta = json.loads(line[6:])["choices"][0]["delta"]
                yield delta.get("content", "")
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
