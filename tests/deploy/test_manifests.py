"""deploy/kubernetes/: what a cluster would refuse, or take and do wrong."""

from __future__ import annotations

import pytest
import yaml

from tests.conftest import RelayFactory
from tests.deploy.manifests import (
    EXAMPLES,
    FOLDER,
    container,
    kustomization,
    manifest,
    pod,
    settings,
)
from tests.serving import ROOT
from utils.config import Config
from utils.relay_file import RelayFile
from utils.web.serving.serving import DRAIN_SECONDS

NAMES = ("relay", "memcached")
LABEL = "app.kubernetes.io/name"
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def test_every_file_is_applied_or_an_example() -> None:
    there = {path.name for path in FOLDER.glob("*.yaml")}
    [others] = [
        each["files"] for each in kustomization()["configMapGenerator"] if "files" in each
    ]
    assert there == {*kustomization()["resources"], *EXAMPLES, *others, "kustomization.yaml"}


@pytest.mark.parametrize("name", NAMES)
def test_what_chooses_pods_chooses_those_of_the_deployment(name: str) -> None:
    labels = pod(name)["metadata"]["labels"]
    assert labels == {LABEL: name}
    assert manifest("Deployment", name)["spec"]["selector"]["matchLabels"] == labels
    assert manifest("Service", name)["spec"]["selector"] == labels
    assert manifest("NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"] == labels


def test_budget_autoscaler_and_spread_are_about_the_relays() -> None:
    labels = pod()["metadata"]["labels"]
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    [spread] = pod()["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    target = manifest("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    deployment = manifest("Deployment")
    assert (target["apiVersion"], target["kind"]) == (deployment["apiVersion"], "Deployment")
    assert target["name"] == deployment["metadata"]["name"]


def test_there_are_two_at_least_and_an_upgrade_takes_none_away() -> None:
    assert manifest("HorizontalPodAutoscaler")["spec"]["minReplicas"] >= 2
    assert "replicas" not in manifest("Deployment")["spec"]
    assert manifest("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_called_what_the_container_calls_them(name: str) -> None:
    [port] = container(name)["ports"]
    [served] = manifest("Service", name)["spec"]["ports"]
    assert served["targetPort"] == port["name"]
    [taken] = manifest("NetworkPolicy", name)["spec"]["ingress"]
    assert [each["port"] for each in taken["ports"]] == [port["name"]]


def test_the_ports_are_those_that_the_relay_listens_on_and_asks() -> None:
    [own], [memcached] = container()["ports"], container("memcached")["ports"]
    assert own["containerPort"] == Config.model_fields["port"].default
    assert str(memcached["containerPort"]) == settings()["MEMCACHED_PORT"]
    assert manifest("Service", "memcached")["metadata"]["name"] == settings()["MEMCACHED_HOST"]
    [_, to_memcached, *_] = manifest("NetworkPolicy")["spec"]["egress"]
    [chosen] = to_memcached["to"]
    assert chosen["podSelector"]["matchLabels"] == pod("memcached")["metadata"]["labels"]


def test_the_ingress_leads_to_the_service() -> None:
    [rule] = manifest("Ingress")["spec"]["rules"]
    [path] = rule["http"]["paths"]
    [port] = manifest("Service")["spec"]["ports"]
    assert path["backend"]["service"] == {"name": "relay", "port": {"name": port["name"]}}
    assert [rule["host"]] == manifest("Ingress")["spec"]["tls"][0]["hosts"]


def test_the_ingress_is_told_what_nginx_is() -> None:
    directives = (ROOT / "deploy" / "nginx.conf").read_text()
    told = manifest("Ingress")["metadata"]["annotations"]
    for name in ("client-max-body-size", "proxy-read-timeout", "proxy-send-timeout"):
        assert f"{name.replace('-', '_')} {told[f'nginx.org/{name}']};" in directives
    for name in ("proxy-read-timeout", "proxy-send-timeout", "proxy-connect-timeout"):
        seconds = told[f"nginx.ingress.kubernetes.io/{name}"] + "s"
        assert told[f"nginx.org/{name}"] == seconds
    assert told["nginx.ingress.kubernetes.io/proxy-body-size"] == "65m"


def test_the_settings_are_settings_and_good_ones() -> None:
    told = {name.lower(): value for name, value in settings().items()}
    assert told.keys() <= Config.model_fields.keys()
    assert Config(_env_file=None, **told).trusted_proxies == 1


@pytest.mark.parametrize("name", ["DATABASE_URL", "ADMIN_TOKEN"])
def test_a_secret_that_nobody_filled_in_stops_the_start(name: str) -> None:
    """An empty DATABASE_URL would not: there would be SQLite, for several, on a network."""
    told = manifest("Secret")["stringData"]
    with pytest.raises(ValueError, match="must"):
        Config(_env_file=None, **{name.lower(): told[name]})
    assert {key.lower() for key in told} <= Config.model_fields.keys()


def test_the_relay_reads_both_and_its_file_and_finds_its_folders() -> None:
    sources = [
        each.get("configMapRef", each.get("secretRef"))["name"]
        for each in container()["envFrom"]
    ]
    made = [each["name"] for each in kustomization()["configMapGenerator"]]
    assert sources == [made[0], manifest("Secret")["metadata"]["name"]]
    where = {each["mountPath"]: each["name"] for each in container()["volumeMounts"]}
    assert where == {"/app/data": "data", "/tmp": "tmp", "/etc/relay": "file"}
    volumes = {each["name"]: each for each in pod()["spec"]["volumes"]}
    claim = volumes["data"]["persistentVolumeClaim"]["claimName"]
    assert manifest("PersistentVolumeClaim", claim)["spec"]["accessModes"] == ["ReadWriteMany"]
    assert volumes["file"]["configMap"]["name"] == made[1]
    assert settings()["DATA_DIR"] == "/app/data"
    assert settings()["CONFIG_FILE"] == "/etc/relay/relay.yaml"


def test_the_relays_file_is_a_good_one() -> None:
    assert RelayFile.load(FOLDER / "relay.yaml", {}).aliases == {}


def test_the_probes_ask_what_the_relay_answers(relay_with: RelayFactory) -> None:
    relay = relay_with()
    paths = [container()[probe]["httpGet"]["path"] for probe in PROBES]
    assert paths == ["/healthz", "/healthz", "/readyz"]
    assert {relay.get(path, headers={}).status_code for path in paths} == {200}


def test_a_relay_has_time_to_end_what_it_has() -> None:
    [_, waited] = container()["lifecycle"]["preStop"]["exec"]["command"]
    assert int(waited) + DRAIN_SECONDS < pod()["spec"]["terminationGracePeriodSeconds"]


def test_no_service_is_told_to_a_relay_in_the_name_of_a_setting() -> None:
    """MEMCACHED_PORT would be tcp://…, and stop its start."""
    with pytest.raises(ValueError, match="memcached_port"):
        Config(_env_file=None, memcached_port="tcp://10.0.0.1:11211")
    assert pod()["spec"]["enableServiceLinks"] is False


@pytest.mark.parametrize("name", NAMES)
def test_nobody_has_rights_that_serving_does_not_need(name: str) -> None:
    spec, own = pod(name)["spec"], container(name)["securityContext"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["readOnlyRootFilesystem"] is True
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert container(name)["resources"]["limits"].keys() == {"memory"}


def test_the_relay_is_who_the_image_says() -> None:
    who = pod()["spec"]["securityContext"]
    assert f"USER {who['runAsUser']}:{who['runAsGroup']}" in (ROOT / "Dockerfile").read_text()


def test_both_ways_to_deploy_give_memcached_the_same_room() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["memcached"]
    assert compose["command"][1:] == container("memcached")["args"]
    assert compose["image"] == container("memcached")["image"]
