"""What relay.yaml says of servers, prices and families."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.test_relay_file import Written, complaints, written
from utils.compatible.models import ABILITIES, models
from utils.domain.callers import SCOPES
from utils.relay_file import RelayFile
from utils.tokens import counts, families

__all__ = ["written"]

FILE = """
backends:
  house:
    kind: openai
    host: 10.0.0.5
    port: 8001
    api_key: ${KEY}
    models:
      llama-3.3-70b-instruct:
        type: ["chat:base"]
        response: {id: llama-3.3-70b-instruct, object: model, owned_by: us, tier: 1}
        name: meta/Llama
        context: 131072
        max_output: 4096
        vision: true
        prices: {input: 0.5, output: 1}
        arguments: {temperature: 0.2, stop: ['"5"', x], user: '"7"', options: {a: false, b: ~}}
      plain:
  other: {base_url: "https://[::1]:8443/v1/", models: {e: {type: [embeddings:base]}}}
prices: {gpt-4o: {input: 2.5, output: 10}}
family_factors: {claude: 1.2, others: 1}
"""


def test_a_file_says_all_of_a_server(written: Written) -> None:
    file = written(FILE)
    house, other = file.backends["house"], file.backends["other"]
    assert (house.url, other.url) == ("http://10.0.0.5:8001/v1", "https://[::1]:8443/v1/")
    assert house.api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(file)
    llama = house.models["llama-3.3-70b-instruct"]
    assert llama.arguments == {
        "temperature": 0.2,
        "stop": ["5", "x"],
        "user": "7",
        "options": {"a": False, "b": None},
    }
    assert llama.response.more == {"tier": 1}
    first, plain = models("house", house)
    assert (first.id, first.owner, first.context, first.max_output) == (
        *("llama-3.3-70b-instruct", "us", 131072, 4096),
    )
    assert (first.chat, first.vision, first.input_price, first.output_price) == (
        *(True, True, 0.5, 1),
    )
    assert (plain.owner, plain.chat, plain.context, plain.input_price) == (
        "house",
        True,
        0,
        None,
    )
    assert next(models("other", other)).embedding


def test_each_kind_is_a_scope() -> None:
    assert ABILITIES.keys() < SCOPES


def server(*lines: str) -> str:
    return f"backends: {{x: {{{', '.join(lines)}}}}}"


URL, MODELS = "base_url: 'http://h'", "models: {m: }"
NOWHERE = "x: needs base_url, or host and port"
NO_URL = "x.base_url: must be like https://host or http://host:port/path"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("backends: {x: y}", "x: must hold lines: kind, base_url, host, port, api_key, models"),
        (server(URL), "x.models: must be there"),
        (server(URL, "models: {}"), "x.models: must hold one at least"),
        (server("models: {m: }"), NOWHERE),
        (server("host: h", MODELS), NOWHERE),
        (server("port: 1", MODELS), NOWHERE),
        (server(URL, "host: h", "port: 1", MODELS), NOWHERE),
        *(
            (server(f"base_url: '{url}'", MODELS), NO_URL)
            for url in ("h:80", "ftp://h", "http://", "http://h:sk-1", "http://a b/", "http://[")
        ),
        (
            server("base_url: 'http://sk:secret@h'", MODELS),
            "x.base_url: must have no user, query or fragment",
        ),
        (server(URL, "kind: ollama", MODELS), "x.kind: must be 'openai'"),
        (server(URL, "api_key: sk secret", MODELS), "x.api_key: must be one word of ASCII"),
        (
            f"backends: {{'a b': {{{URL}, {MODELS}}}}}",
            "a b: must be letters, digits and . _ - only",
        ),
    ],
)  # fmt: skip
def test_a_mistake_about_a_server_is_told_with_its_place(
    written: Written, text: str, refused: str
) -> None:
    assert complaints(written, text) == [f"backends.{refused}"]


def test_two_servers_share_no_model(written: Written) -> None:
    both = f"backends: {{x: {{{URL}, {MODELS}}}, y: {{{URL}, {MODELS}}}}}"
    assert complaints(written, both) == ["backends: x and y both serve m"]


LEAST = "must be greater than or equal to"


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        ("type: []", "type: must hold one at least"),
        ("type: chat:base", "type: must be a list"),
        ("context: -1", f"context: {LEAST} 0"),
        ("prices: {input: 1}", "prices.output: must be there"),
        ("response: {object: x}", "response.object: must be 'model'"),
        ("arguments: {stream: true}", "arguments: stream is for the request to say"),
        ("embeddings: {batch: 0}", f"embeddings.batch: {LEAST} 1"),
        ("embeddings: {a: 0}", "embeddings.a: is not known here; known are batch, base64, "
         "tokens, shortens"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_model_is_told_with_its_place(
    written: Written, entry: str, refused: str
) -> None:
    told = complaints(written, server(URL, f"models: {{m: {{{entry}}}}}"))
    assert told == [f"backends.x.models.m.{refused}"]


def test_a_model_is_listed_by_the_name_it_is_asked_by(written: Written) -> None:
    told = complaints(written, server(URL, "models: {m: {response: {id: n}}}"))
    assert told == ["backends.x.models: m.response.id must be m, by which it is asked"]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("prices: {m: {input: -1, output: 1}}", f"prices.m.input: {LEAST} 0"),
        ("prices: {m: {input: 1, output: inf}}", "prices.m.output: must be a finite number"),
        ("family_factors: {m: 0}", f"family_factors.m: {LEAST} 0.1"),
    ],
)
def test_a_mistake_about_a_number_is_told_with_its_place(
    written: Written, text: str, refused: str
) -> None:
    assert complaints(written, text) == [refused]


def test_a_type_that_no_server_serves_is_refused(written: Written) -> None:
    [told] = complaints(
        written, server(URL, "models: {m: {type: [chat:base, videos:generate]}}")
    )
    assert told.startswith("backends.x.models.m.type[1]: must be 'chat:base', ")


# Families


@pytest.fixture
def factors() -> Iterator[Any]:
    yield families.use
    families.use({})


TEXT = "word " * 999 + "word"  # a thousand tokens


def test_a_family_counts_as_its_operator_says(factors: Any) -> None:
    before = counts.count(TEXT, "gpt-4o")
    factors({"claude": 1.5, "claude-opus": 2, "gemini": 0.5, "others": 3})
    names = ("claude-4", "claude-opus-5", "google/Gemini-3", "llama", "gpt-4o", "deepseek")
    assert [counts.count(TEXT, name) for name in names] == [
        *(1500, 2000, 500, 3000, before, 1050),
    ]


def test_a_file_without_families_leaves_them_as_they_are(factors: Any) -> None:
    before = [counts.count(TEXT, name) for name in ("claude-4", "llama")]
    factors(RelayFile().family_factors)
    assert [counts.count(TEXT, name) for name in ("claude-4", "llama")] == before
