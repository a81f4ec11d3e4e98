"""deploy/tls.conf: what comes through TLS and HTTP/2, and what does not come without."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import trustme

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.deploy.conftest import NginxFactory
from tests.nginx import Nginx, free_port
from tests.serving import ASKED, HEADERS, KEY, ROOT

CHAT = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Front:
    """Where nginx listens with tls.conf; `authority` is who vouches for it."""

    nginx: Nginx
    plain: int
    authority: Path

    def curl(self, path: str, *options: str) -> list[str]:
        trust = ["--cacert", str(self.authority), "--noproxy", "*", "--http2"]
        key = ["--header", f"Authorization: Bearer {KEY}"]
        url = f"https://localhost:{self.nginx.port}{path}"
        return [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            "30",
            *trust,
            *key,
            *options,
            url,
        ]

    @contextmanager
    def streamed(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        body = json.dumps(ASKED | {"stream": True})
        words = self.curl(CHAT, "--include", "--no-buffer", "--data", body, *options)
        with subprocess.Popen(words, stdout=subprocess.PIPE) as client:
            try:
                yield client
            finally:
                client.kill()

    def without_tls(self, method: str, path: str) -> requests.Response:
        url = f"http://127.0.0.1:{self.plain}{path}"
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, url, headers=HEADERS, timeout=30, allow_redirects=False
            )


def listening(folder: Path, plain: int) -> str:
    """tls.conf, on ports and with a certificate of the test's own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = authority.issue_cert("localhost")
    chain = folder / "relay.crt"
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(chain), append=True)
    certificate.private_key_pem.write_to_path(str(folder / "relay.key"))
    text = (ROOT / "deploy" / "tls.conf").read_text()
    text = re.sub(r"(?m)^listen \[::\].*\n", "", text)  # not every machine has IPv6
    text = text.replace("listen 443", "listen 127.0.0.1:PORT")
    text = text.replace("listen 80", f"listen 127.0.0.1:{plain}")
    text = text.replace("/var/www/acme", "acme")
    return text.replace("certificates/", f"{folder}/")


@pytest.fixture
def front(relay_with: RelayFactory, nginx_with: NginxFactory, tmp_path: Path) -> Front:
    plain = free_port()
    relay = relay_with(trusted_proxies=1)
    nginx = nginx_with(relay.port, listen=listening(tmp_path, plain))
    return Front(nginx, plain, tmp_path / "authority.pem")


def until(client: subprocess.Popen[bytes], mark: bytes) -> bytes:
    """What came up to the line with `mark`, or to the end."""
    assert client.stdout
    seen = b""
    while mark not in seen and (line := client.stdout.readline()):
        seen += line
    return seen


def test_a_chat_streams_word_by_word_and_ends_upstream_when_its_client_leaves(
    front: Front, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with front.streamed() as client:
        seen = until(client, b"Hel")
        assert seen.startswith(b"HTTP/2 200")
        assert b'"content":"Hel"' in seen
        [call] = onemin.wait_for_chats(1)
        assert not call.hung_up.is_set()
    assert call.hung_up.wait(2)


def test_a_chat_streams_to_clients_that_know_no_http2(front: Front) -> None:
    with front.streamed("--http1.1") as client:
        seen = until(client, b"[DONE]")
    assert seen.startswith(b"HTTP/1.1 200")
    assert b"[DONE]" in seen


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_tls_that_are_left_are_spoken(
    front: Front, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=front.authority)
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", front.nginx.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() == version.name.replace("_", ".")


@pytest.mark.long
def test_the_largest_file_comes_through_whole(front: Front, tmp_path: Path) -> None:
    body = bytes(range(256)) * (50 * 4096)  # MAX_FILE_MB
    (tmp_path / "large.txt").write_bytes(body)
    form = ["--form", f"file=@{tmp_path}/large.txt", "--form", "purpose=user_data"]
    sent = subprocess.run(front.curl("/v1/files", *form), capture_output=True, check=True)
    told = json.loads(sent.stdout)
    assert told["bytes"] == len(body)
    path = f"/v1/files/{told['id']}/content"
    assert subprocess.run(front.curl(path), capture_output=True, check=True).stdout == body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_comes_without_tls_is_sent_to_it_and_reaches_no_relay(
    front: Front, onemin: Simulator, method: str
) -> None:
    told = front.without_tls(method, f"{CHAT}?a=b%20c")
    assert told.status_code == 308
    assert told.headers["Location"] == f"https://127.0.0.1{CHAT}?a=b%20c"
    assert onemin.chats == []


def test_a_certificate_can_be_asked_for_without_having_one(front: Front) -> None:
    challenges = front.nginx.folder / "acme" / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").write_text("the answer")
    told = front.without_tls("GET", "/.well-known/acme-challenge/token")
    assert (told.status_code, told.text) == (200, "the answer")
    relays = front.without_tls("GET", "/.well-known/acme-challenge/..%2f..%2fv1/models")
    assert relays.status_code == 308
