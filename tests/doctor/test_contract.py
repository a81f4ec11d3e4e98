"""What the relay relies on in 1min.ai's answers is what it reads of them, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from copy import deepcopy
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from simulator.replies import Reply
from simulator.server import Simulator
from tests.doctor.conftest import Doctor
from tests.serving import config_for
from utils.assembly.examination import examine
from utils.errors import RelayError
from utils.onemin import bills, contract, models, records
from utils.onemin.files import assets
from utils.relay_file import RelayFile
from utils.web.operator.doctor.asking import waited
from utils.web.operator.doctor.chats import NOTE

RECORD = {
    "aiRecord": {
        "uuid": "1",
        "status": "SUCCESS",
        "metadata": {"inputToken": 3, "outputToken": 4, "credit": 5.5},
        "teamUser": {"usedCredit": 6, "creditLimit": 7},
        "aiRecordDetail": {"resultObject": ["text"]},
    }
}
ASSET = {"fileContent": {"path": "documents/a.txt", "uuid": "1"}}
ENTRY = {
    "modelId": "a",
    "name": "A",
    "provider": "somebody",
    "status": "RETIRED",
    "features": ["CODE_GENERATOR"],
    "modality": {"INPUT": ["image"]},
    "creditMetadata": {"INPUT": 1, "OUTPUT": 2, "CONTEXT": 3},
}


def leaves(shape: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(shape, Mapping):
        for name, inner in shape.items():
            yield from leaves(inner, (*way, name))
    else:
        yield way


def without(value: Any, way: tuple[str, ...]) -> Any:
    left = inner = deepcopy(value)
    for name in way[:-1]:
        inner = inner[name]
    del inner[way[-1]]
    return left


def read_record(reply: Any) -> Any:
    with suppress(RelayError):
        made = records.record(reply)
        bill = bills.Bill()
        bill.asked(without(reply, ("aiRecord", "metadata")))
        bill.polled(RECORD)  # the price of the same call
        return records.text(made), records.usage(made), bills.balance(reply), bill.calls
    return None


def read_asset(reply: Any) -> Any:
    with suppress(RelayError):
        return assets.read(reply)
    return None


def read_entry(entry: Any) -> Any:
    return models.read({"models": [entry]}, models.CHAT)


@pytest.mark.parametrize("way", [*leaves(contract.RECORD)], ids=".".join)
def test_a_record_without_a_field_is_read_otherwise_and_told(way: tuple[str, ...]) -> None:
    less = without(RECORD, way)
    if way[-1] != "status":  # what is not FAILURE or PROCESSING is read as it is
        assert read_record(less) != read_record(RECORD)
    told, _ = contract.of_chat(json.dumps(less).encode(), streaming=False)
    assert told == [f"{'.'.join(way)} is missing"]


@pytest.mark.parametrize("way", [*leaves(contract.ASSET)], ids=".".join)
def test_an_asset_without_a_field_is_read_otherwise_and_told(way: tuple[str, ...]) -> None:
    less = without(ASSET, way)
    assert read_asset(less) != read_asset(ASSET)
    assert contract.of_upload(less) == [f"{'.'.join(way)} is missing"]


@pytest.mark.parametrize("way", [*leaves(contract.ENTRY)], ids=".".join)
def test_an_entry_without_a_field_is_read_otherwise_and_told(way: tuple[str, ...]) -> None:
    whole = ENTRY if way == ("status",) else {**ENTRY, "status": "ACTIVE"}
    less = without(whole, way)
    assert read_entry(less) != read_entry(whole)
    told = contract.of_listing({"models": [less]}, models.target(models.CHAT))
    assert told == [f"models[].{'.'.join(way)} is missing"]


def test_a_field_that_one_model_has_is_not_missing() -> None:
    listed = {"models": [without(ENTRY, ("creditMetadata",)), ENTRY]}
    assert not contract.of_listing(listed, models.target(models.CHAT))


@pytest.mark.parametrize(
    "reply", [RECORD, {"aiRecord": None}, {"aiRecord": {"uuid": "1", "status": "PROCESSING"}}]
)
def test_a_call_of_each_kind_is_as_it_should_be(reply: Any) -> None:
    assert not contract.of_call(reply)


@pytest.mark.parametrize(
    "reply",
    [
        {"errorCode": "UNSUPPORTED_MODEL", "message": "m"},
        {"aiRecord": {"status": "FAILURE", "aiRecordDetail": {"resultObject": {"code": "c"}}}},
    ],
)
def test_a_refusal_is_no_other_shape(reply: Any) -> None:
    for streaming in (True, False):
        told, _ = contract.of_chat(json.dumps(reply).encode(), streaming=streaming)
        assert not told


def test_a_difference_tells_no_value() -> None:
    told = contract.of_upload({"fileContent": {"path": ["secret"], "uuid": None}})
    assert told == [
        "fileContent.path is a list, not a text",
        "fileContent.uuid is null, not a text",
    ]


def test_an_answer_is_noted_by_whoever_asked_for_it(onemin: Simulator, tmp_path: Path) -> None:
    onemin.script_assets(Reply(body=(b'{"fileContent": {"uuid": 7, "path": "a.txt"}}',)))
    patient = examine(config_for(onemin.url, tmp_path), RelayFile())
    heard: list[str] = []

    def asks() -> None:
        with patient.onemin.noting() as notes, suppress(RelayError):
            waited(patient.onemin.uploaded(NOTE, "some-key"))
        heard.extend(notes.deviations)

    with closing(patient), patient.onemin.noting() as others:
        another = Thread(target=asks)
        another.start()
        another.join()
    assert heard == ["fileContent.uuid is a number, not a text"]
    assert not others.deviations


@pytest.mark.long
def test_the_simulator_keeps_to_it(doctor: Doctor, onemin: Simulator) -> None:
    assert not doctor("--media").not_well()
