"""deploy/nginx.conf: what is sent again where a relay is not well, and what never is."""

from __future__ import annotations

import socket

import openai
import pytest
import requests

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.deploy.conftest import NginxFactory
from tests.deploy.strangers import stranger
from tests.nginx import CONFIGURATION, free_port
from tests.sdk import client_of
from tests.serving import ASKED, HEADERS, KEY

HALF = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: a\n\r\n"


def test_a_relay_that_is_not_there_costs_no_call(
    relay_with: RelayFactory, nginx_with: NginxFactory, onemin: Simulator
) -> None:
    nginx = nginx_with(free_port(), relay_with().port)
    assert {nginx.chat().status_code for _ in range(8)} == {200}
    assert len(onemin.chats) == 8


def test_nor_does_one_whose_machine_is_gone(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    """It does not even refuse: of a full queue, the kernel drops what knocks."""
    quick = CONFIGURATION.replace("proxy_connect_timeout 2s", "proxy_connect_timeout 200ms")
    with socket.socket() as gone, socket.socket() as first:
        gone.bind(("127.0.0.1", 0))
        gone.listen(0)
        first.connect(gone.getsockname())
        nginx = nginx_with(gone.getsockname()[1], relay_with().port, configuration=quick)
        assert [nginx.chat().status_code for _ in range(4)] == [200] * 4


def test_a_call_that_a_dying_relay_was_sent_is_not_sent_to_another(
    relay_with: RelayFactory, nginx_with: NginxFactory, onemin: Simulator
) -> None:
    with stranger() as dying:
        nginx = nginx_with(dying.port, relay_with().port)
        replies = [nginx.chat() for _ in range(4)]
        [lost] = [reply for reply in replies if reply.status_code != 200]
        assert lost.status_code == 502
        assert lost.headers["x-should-retry"] == "false"
        assert (len(dying.heard), len(onemin.chats)) == (1, 3)


def test_a_call_that_takes_too_long_is_not_sent_to_another(
    relay_with: RelayFactory, nginx_with: NginxFactory, onemin: Simulator
) -> None:
    impatient = CONFIGURATION.replace("930s", "300ms")
    with stranger(stays=True) as silent:
        nginx = nginx_with(silent.port, relay_with().port, configuration=impatient)
        replies = [nginx.chat() for _ in range(4)]
        [lost] = [reply for reply in replies if reply.status_code != 200]
        assert lost.headers["x-should-retry"] == "false"
        assert (len(silent.heard), len(onemin.chats)) == (1, 3)


def test_what_costs_nothing_is_asked_of_another(
    relay_with: RelayFactory, nginx_with: NginxFactory
) -> None:
    with stranger() as dying:
        nginx = nginx_with(dying.port, relay_with().port)
        assert {nginx.get("/v1/models").status_code for _ in range(4)} == {200}
        assert dying.heard


def test_a_stream_that_broke_does_not_look_whole(nginx_with: NginxFactory) -> None:
    with stranger(HALF) as dying:
        nginx = nginx_with(dying.port)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            nginx.chat(stream=True)


def test_sdks_understand_that_nobody_answers_and_may_try_again(
    nginx_with: NginxFactory,
) -> None:
    nginx = nginx_with(free_port())
    with client_of(nginx) as client, pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(**ASKED)
    assert raised.value.code == "unavailable"
    told = nginx.post("/v1/messages", ASKED, headers=HEADERS | {"x-api-key": KEY})
    assert told.json()["error"]["type"] == "api_error"
    assert "x-should-retry" not in told.headers
    assert told.headers["Retry-After"] == "1"
