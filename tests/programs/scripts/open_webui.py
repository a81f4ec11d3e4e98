# mypy: ignore-errors
# It runs where its imports are, with what the guide exports.
"""Serves it, then does what its page does: the list of models, a streamed chat, a title."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import requests

with socket.create_server(("127.0.0.1", 0)) as place:
    port = place.getsockname()[1]
url = f"http://127.0.0.1:{port}"
environ = os.environ | {
    "WEBUI_AUTH": "false",
    "WEBUI_SECRET_KEY": "not a secret",
    "DATA_DIR": os.path.expanduser("~/data"),
}
serve = ["open-webui", "serve", "--host", "127.0.0.1", "--port", str(port)]
with Path("serve.log").open("w") as log:
    server = subprocess.Popen(serve, env=environ, stdout=log, stderr=log)


def started():
    try:
        return requests.get(f"{url}/health", timeout=5).ok
    except requests.ConnectionError:
        return False


try:
    while not started():
        assert server.poll() is None, Path("serve.log").read_text()[-2000:]
        time.sleep(0.5)
    session = requests.Session()
    nobody = {"email": "", "password": ""}
    signed = session.post(f"{url}/api/v1/auths/signin", json=nobody, timeout=30).json()
    session.headers["Authorization"] = f"Bearer {signed['token']}"

    model = os.environ["DEFAULT_MODELS"]
    listed = session.get(f"{url}/api/models", timeout=30).json()["data"]
    assert model in [each["id"] for each in listed]

    asked = {"model": model, "messages": [{"role": "user", "content": "count to 5"}]}
    chat = {**asked, "stream": True}
    answer = session.post(f"{url}/api/chat/completions", json=chat, timeout=60).text
    frames = [line[6:] for line in answer.splitlines() if line.startswith("data: {")]
    deltas = [json.loads(frame)["choices"][0]["delta"].get("content", "") for frame in frames]
    assert "".join(deltas) == "1, 2, 3, 4, 5", answer
    assert len(deltas) > 2

    title = session.post(f"{url}/api/v1/tasks/title/completions", json=asked, timeout=60)
    assert title.json()["choices"][0]["message"]["content"], title.text
finally:
    server.terminate()
    server.wait(20)
