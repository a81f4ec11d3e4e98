"""deploy/: what nginx makes of it, and what it passes on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.access.calling import TOKEN
from tests.conftest import RelayFactory
from tests.deploy.conftest import NginxFactory
from tests.nginx import CONFIGURATION, Nginx, command, free_port
from tests.raw import chat_request, connected, read_until
from tests.sdk import client_of
from tests.serving import ASKED, ROOT

# The files


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "nginx.conf").write_text(CONFIGURATION)
    for name in ("relays.conf", "listen.conf"):
        shutil.copy(ROOT / "deploy" / name, folder)
    (folder / "conf.d").mkdir()
    line = [*command(folder), "-t"]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_nginx_accepts_the_files_as_they_are(tmp_path: Path) -> None:
    done = checked(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


# What comes through


def test_a_stream_arrives_word_by_word_and_ends_upstream_when_its_client_leaves(
    relay_with: RelayFactory, nginx_with: NginxFactory, onemin: Simulator
) -> None:
    nginx = nginx_with(relay_with().port)
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(nginx.port) as client:
        client.sendall(chat_request(stream=True))
        assert b"Hel" in read_until(client, b"Hel")
        [call] = onemin.wait_for_chats(1)
        assert not call.hung_up.is_set()
    assert call.hung_up.wait(2)


def test_sdks_read_answers_and_streams(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    with client_of(nginx_with(relay_with().port)) as client:
        whole = client.chat.completions.create(**ASKED)
        *chunks, last = client.chat.completions.create(**ASKED, stream=True)
    assert whole.choices[0].message.content
    assert chunks[0].id == last.id
    assert last.choices[0].finish_reason == "stop"


@pytest.mark.fault(62)
def test_a_client_cannot_say_that_it_came_from_elsewhere(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    """Whoever has no key is counted by address."""
    nginx = nginx_with(relay_with(trusted_proxies=1, rate_limit_requests=2).port)
    claims = [{"X-Forwarded-For": f"1.2.3.{number}"} for number in range(3)]
    told = [nginx.get("/v1/models", headers=claim).status_code for claim in claims]
    assert told == [401, 401, 429]


def test_a_body_too_large_is_refused_by_the_relay_in_its_own_words(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    nginx = nginx_with(relay_with(max_body_mb=64).port)
    body = b'{"model": "' + b"x" * (64 * 2**20) + b'"}'
    reply = nginx.post("/v1/messages", data=body)
    assert (reply.status_code, reply.json()["error"]["type"]) == (413, "request_too_large")


def test_one_that_is_larger_still_is_refused_before_it_is_sent(
    nginx_with: NginxFactory,
) -> None:
    head = b"POST /v1/messages HTTP/1.1\r\nHost: relay\r\nContent-Length: 70000000\r\n\r\n"
    with connected(nginx_with(free_port()).port) as client:
        client.sendall(head)
        assert b'"code":"request_too_large"' in read_until(client, b"}}")


def test_figures_of_one_relay_are_not_shown_as_if_they_were_of_all(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    relay = relay_with()
    nginx = nginx_with(relay.port)
    assert relay.get("/metrics").status_code == 200
    for path in ("/metrics", "/metrics/", "/v1/metrics", "//metrics"):
        assert nginx.get(path).status_code == 404


SPELLINGS = (
    "/admin/health",
    "/v1/admin/keys",
    "//admin/health",
    "/%2F%61dmin/health",
    "/x/../admin",
)


def test_the_operators_doors_are_shut_to_all_but_private_networks(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    relay = relay_with(admin_token=TOKEN)
    public = CONFIGURATION.replace("allow 127.0.0.0/8;", "")  # as if this were far away
    far, near = nginx_with(relay.port, configuration=public), nginx_with(relay.port)
    for path in SPELLINGS:
        assert knocked(far, path).startswith(b"HTTP/1.1 403 "), path
        assert not knocked(near, path).startswith(b"HTTP/1.1 403 "), path


def knocked(nginx: Nginx, path: str) -> bytes:
    """What it says to a path that no library has made tidy."""
    ask = f"GET {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with connected(nginx.port) as client:
        client.sendall(ask.encode())
        return read_until(client, b"\r\n\r\n")


def test_an_old_client_need_not_say_whom_it_asks(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    with connected(nginx_with(relay_with().port).port) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
