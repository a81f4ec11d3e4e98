"""deploy/alerts.yml: what it asks for, the relay tells."""

from __future__ import annotations

import re
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import RelayFactory
from tests.serving import ROOT
from utils.web.operator import readiness

TEXT = (ROOT / "deploy" / "alerts.yml").read_text()
STATES = {readiness.AWAY, readiness.SLOW, readiness.RESTING}
families: Any = text_string_to_metric_families


def test_each_alert_asks_for_what_a_relay_tells(relay_with: RelayFactory) -> None:
    relay = relay_with()
    assert relay.chat().status_code == 200
    parts = relay.get("/readyz").json()["checks"].keys()
    told = {family.name: family for family in families(relay.get("/metrics").text)}
    counted = {f"{name}_total" for name, each in told.items() if each.type == "counter"}
    [group] = yaml.safe_load(TEXT)["groups"]
    for rule in group["rules"]:
        asked = {*re.findall(r"\b(?:relay_\w+|up)\b", rule["expr"])}
        assert asked, rule
        assert asked <= {*told, *counted, "up"}, rule
    assert {*re.findall(r'part="(\w+)"', TEXT)} <= parts
    assert {*re.findall(r"\w+", " ".join(re.findall(r'state=~?"([\w|]+)"', TEXT)))} <= STATES


def test_each_says_how_bad_it_is_and_what_it_means() -> None:
    [group] = yaml.safe_load(TEXT)["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(names) == len({*names})
    for rule in group["rules"]:
        assert (*rule["labels"], *rule["annotations"]) == ("severity", "summary"), rule
