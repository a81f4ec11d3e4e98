"""Nobody who calls says where the relay goes; what it sends there, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from simulator.replies import Reply, Script, refusal, says
from simulator.server import Simulator
from simulator.turn import Turn
from tests.backends.conftest import settings
from tests.backends.server import KEY as SERVERS_KEY
from tests.backends.server import ModelServer
from tests.fetch.strangers import Stranger, page
from tests.limits.calling import bearing, granted, vouched
from tests.routes.heard import whole_and_streamed
from tests.serving import ASKED, HEADERS, KEY, ThreadedRelay, config_for
from utils.relay_file import RelayFile

POOLED = "the-relays-own-1min-key"


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    folder = tmp_path_factory.mktemp("relay")
    config = config_for(onemin.url, folder, one_min_api_keys=(POOLED,))
    relay = ThreadedRelay(config, RelayFile.model_validate(settings(server.url)))
    vouched(relay)
    relay.get("/v1/models")  # so that its catalog is live
    yield relay
    relay.stop()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with closing(Stranger()) as stranger:
        stranger.elsewhere = page(b"{}", "Content-Type: application/json")
        yield stranger


def naming(url: str) -> dict[str, Any]:
    """Every field in which some gateway has taken an address from its callers."""
    names = (
        *("api_base", "base_url", "baseURL", "endpoint", "host", "custom_host", "url", "proxy"),
        *("callback_url", "webhook_url", "api_key", "organization", "azure_endpoint"),
    )
    inner = dict.fromkeys(names, url)
    nested = ("litellm_params", "extra_body", "provider", "config", "client", "target")
    return {**inner, **dict.fromkeys(nested, inner), "extra_headers": {"Host": url}}


def pointing(url: str) -> dict[str, str]:
    """And every header."""
    names = (
        *("Host", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"),
        *("x-portkey-custom-host", "Helicone-Target-URL", "x-base-url", "OpenAI-Base-URL"),
        *("x-litellm-api-base", "Destination", "Referer", "X-Host", "Proxy"),
    )
    return dict.fromkeys(names, url.removeprefix("http://")) | HEADERS


BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": ASKED,
    "/v1/completions": {"model": "gpt-4o-mini", "prompt": "hi"},
    "/v1/responses": {"model": "gpt-4o-mini", "input": "hi"},
    "/v1/messages": {**ASKED, "max_tokens": 9},
    "/v1/images/generations": {"model": "gpt-image-1-mini", "prompt": "a cat"},
    "/v1/audio/speech": {"model": "tts-1", "input": "hi", "voice": "alloy"},
    "/v1/moderations": {"model": "plain", "input": "hi"},
    "/v1/chat/completions ": {**ASKED, "model": "plain"},  # a configured server's
}


@pytest.mark.fault(70)
@pytest.mark.parametrize("path", BODIES)
def test_a_caller_does_not_say_where_a_call_goes(
    relay: ThreadedRelay, stranger: Stranger, path: str
) -> None:
    """CVE-2024-6587, CVE-2025-66405, CVE-2026-110719: a gateway sent its key there."""
    asked = naming(stranger.url) | BODIES[path]
    reply = relay.post(path.strip(), asked, headers=pointing(stranger.url))
    assert reply.status_code == 200, reply.text
    assert not stranger.requests


def leading_to(stranger: Stranger, status: int) -> Reply:
    return Reply(status, {"Location": f"{stranger.url}/v1/chat/completions"})


@pytest.mark.fault(70)
@whole_and_streamed
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_a_key_elsewhere(
    relay: ThreadedRelay, onemin: Simulator, stranger: Stranger, status: int, *, stream: bool
) -> None:
    onemin.script(leading_to(stranger, status))
    assert relay.chat(stream=stream).status_code == 502
    assert not stranger.requests


@pytest.mark.fault(70)
@pytest.mark.parametrize("status", [302, 308])
def test_no_redirect_takes_a_configured_servers_key_elsewhere(
    relay: ThreadedRelay, server: ModelServer, stranger: Stranger, status: int
) -> None:
    server.script(leading_to(stranger, status))
    assert relay.chat(model="renamed").status_code == 502
    assert not stranger.requests


CALLERS = {
    "Cookie": "session=of-the-caller",
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "OpenAI-Organization": "org-of-the-caller",
    "X-Api-Key": "another-key-of-the-caller",
    "Proxy-Authorization": "Basic bWU6c2VjcmV0",
    "User-Agent": "the-callers-program",
}


@pytest.mark.fault(82)
@whole_and_streamed
def test_1min_ai_hears_one_key_and_nothing_else_of_the_caller(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    issued = granted(relay)
    for key, paying in ((KEY, KEY), (issued, POOLED)):
        sent = CALLERS | bearing(key)
        reply = relay.post("/v1/chat/completions", {**ASKED, "stream": stream}, headers=sent)
        assert reply.status_code == 200
        heard = onemin.chats[-1].headers
        assert heard["api-key"] == paying
        assert heard.keys() <= {
            *("host", "accept-encoding", "user-agent", "api-key", "content-type"),
            *("content-length", "accept"),
        }
        assert not [value for value in CALLERS.values() if value in str(heard)]
        assert issued not in str(heard) + onemin.chats[-1].body.decode()


INTERNAL = {
    "Set-Cookie": "account=of-the-operator",
    "Server": "cloudflare-edge-17",
    "Via": "1.1 inside.example",
    "X-Powered-By": "Express",
    "x-litellm-model-api-base": "http://10.0.0.7:8000",
    "x-upstream-account": "of-the-operator",
    "Access-Control-Allow-Origin": "https://evil.example",
    "Access-Control-Allow-Credentials": "true",
    "Content-Security-Policy": "default-src *",
}


def headed(script: Script) -> Script:
    def reply(turn: Turn) -> Reply:
        made = script if isinstance(script, Reply) else script(turn)
        return replace(made, headers={**made.headers, **INTERNAL})

    return reply


@pytest.mark.fault(82)
@whole_and_streamed
def test_no_header_of_1min_ais_reaches_a_client(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(headed(says("Hello")), headed(refusal(400, "X", "Odd")))
    for status in (200, 400):
        reply = relay.chat(stream=stream)
        assert reply.status_code == status
        told = {value.lower() for value in reply.headers.values()}
        assert not told & {value.lower() for value in INTERNAL.values()}
        assert not reply.headers.keys() & {"Set-Cookie", "Server", "Via", "X-Powered-By"}


@pytest.mark.fault(82)
def test_the_relay_does_not_say_what_it_is_made_of(relay: ThreadedRelay) -> None:
    for path in ("/", "/v1/models", "/v1/nowhere", "/healthz"):
        told = str(relay.get(path).headers).lower()
        assert not [name for name in ("waitress", "werkzeug", "python") if name in told]


@pytest.mark.fault(82)
def test_a_configured_servers_key_stays_between_it_and_the_relay(
    relay: ThreadedRelay, onemin: Simulator, server: ModelServer
) -> None:
    assert relay.chat(model="plain").status_code == 200
    assert server.last.headers["authorization"] == f"Bearer {SERVERS_KEY}"
    assert relay.chat().status_code == 200
    assert SERVERS_KEY not in str(onemin.chats[-1].headers)
    assert KEY not in str(server.last.headers)
    assert POOLED not in str(server.last.headers)
