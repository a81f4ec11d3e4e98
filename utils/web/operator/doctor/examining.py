"""Which checks there are, in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from utils.config import Config, ConfigError, dotenv
from utils.domain.keys import PREFIX
from utils.relay_file import RelayFile
from utils.web.operator.doctor import settings, stores
from utils.web.operator.doctor.chats import Chats
from utils.web.operator.doctor.checking import Check
from utils.web.operator.doctor.course import alone, compared
from utils.web.operator.doctor.env_file import env_file
from utils.web.operator.doctor.findings import Finding
from utils.web.operator.doctor.patient import Examine, Patient
from utils.web.operator.doctor.reach import Reach, accounts
from utils.web.operator.doctor.running import Neighbour

RELAY_YAML = "relay.yaml"
MEMCACHED = ("MEMCACHED_HOST", "MEMCACHED_PORT")
PROCESSES = ("WORKERS", "THREADS", "MEMCACHED_HOST")
CALLERS = ("ALLOW_PASSTHROUGH", "ONE_MIN_API_KEYS", RELAY_YAML)
CHAT, ASSETS = ("ONE_MIN_CHAT",), ("ONE_MIN_ASSET_URL",)
SHARE = 0.75  # of a check's time, for one call


@dataclass(frozen=True, slots=True)
class Asked:
    """`key` is the operator's own in place of the relay's; `model` answers the chats."""

    key: str = field(default="", repr=False)
    model: str = ""
    timeout: float = 30
    media: bool = False
    free: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be read of them, and what is wrong with the rest."""

    config: Config
    file: RelayFile | None
    dotenv: Mapping[str, str]
    config_complaint: str
    file_complaint: str
    wrong: Collection[str]

    @property
    def secrets(self) -> list[str]:
        backends = self.file.backends.values() if self.file else ()
        keys = (*self.config.one_min_api_keys, *(each.api_key for each in backends))
        return [key.get_secret_value() for key in (*keys, self.config.admin_token)]

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        config_complaint = file_complaint = ""
        wrong: set[str] = set()
        try:
            config = Config.load()
        except ConfigError as error:
            config, config_complaint = Config.without_mistakes(), str(error)
            wrong |= error.wrong
        lines, file = _dotenv(), None
        try:
            file = RelayFile.of(config, {**lines, **environ})
        except ConfigError as error:
            file_complaint = str(error)
            wrong.add(RELAY_YAML)
        return cls(config, file, lines, config_complaint, file_complaint, wrong)


def checks(
    told: Settings, asked: Asked, environ: Mapping[str, str], examine: Examine
) -> Iterator[Check]:
    yield from _of_settings(told, environ)
    config, file = hurried(told.config, asked.timeout), told.file or RelayFile()
    patient = examine(config, file)
    try:
        yield from _of_onemin(patient, asked)
        yield Check("memcached", alone(stores.memcached, config), stands_on=MEMCACHED)
        database = alone(stores.database, config.database)
        yield Check("database", database, stands_on=("DATABASE_URL",))
        neighbour = Neighbour(patient, asked.key)
        yield Check("running relay", neighbour.health, stands_on=("PORT",))
        its_ways = ("PORT", "ALLOW_PASSTHROUGH")
        yield Check("chat through it", neighbour.chat, "little", its_ways)
    finally:
        patient.close()


def _of_settings(told: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    config, file = told.config, told.file
    lines = told.dotenv
    used = _text(Path(config.config_file))
    yield Check("settings", alone(settings.values, told.config_complaint))
    yield Check("names", alone(settings.names, lines, environ, used))
    yield Check("env file", alone(env_file, lines))
    yield Check("processes", alone(settings.processes, config), stands_on=PROCESSES)
    yield Check("open files", alone(settings.open_files, config), stands_on=("THREADS",))
    yield Check("data folder", alone(settings.data_folder, config))
    yield Check("relay.yaml", alone(settings.file, config, file, told.file_complaint))
    callers = alone(settings.callers, config, file or RelayFile())
    yield Check("callers", callers, stands_on=CALLERS)


def _of_onemin(patient: Patient, asked: Asked) -> Iterator[Check]:
    onemin, config = patient.onemin, patient.relay.config
    reach, chats = Reach(patient), Chats(patient)
    own = [key.get_secret_value() for key in config.one_min_api_keys]
    given = [asked.key] if asked.key and not asked.key.startswith(PREFIX) else []
    held = accounts(given or own)
    yield Check("1min.ai", compared(onemin, reach.api), stands_on=("ONE_MIN_BASE_URL",))
    yield Check("clock", reach.clock)
    yield Check("asset host", alone(reach.asset_host), stands_on=ASSETS)
    yield Check("catalog", compared(onemin, reach.catalog))
    yield Check("names in it", reach.aliases, stands_on=(RELAY_YAML,))
    for each in held:
        yield Check(_of("key", each.number), compared(onemin, partial(reach.key, each)))
    if not held:
        yield Check("key", alone(_no_key), stands_on=("ONE_MIN_API_KEYS",))
    yield Check("upload", compared(onemin, chats.upload))
    yield Check("native models", reach.native_models, stands_on=CHAT)
    yield Check("cost", partial(chats.cost, asked.media), "little")
    for each in held:
        credits = partial(chats.credits, each)
        yield Check(_of("credits", each.number), credits, "little", CHAT)
    yield Check("chat", chats.chat, "little", CHAT)
    yield Check("streaming", compared(onemin, chats.streaming), "little", CHAT)
    yield Check("tools", compared(onemin, chats.tools), "little", CHAT)
    yield Check("structured output", compared(onemin, chats.structure), "little", CHAT)
    yield Check("native chat", chats.native, "little", CHAT)
    yield Check("speech", compared(onemin, chats.speech), "more", ASSETS)
    yield Check("picture", compared(onemin, chats.picture), "more", ASSETS)


def _no_key() -> Finding:
    seen = "there is none to try: ONE_MIN_API_KEYS is empty"
    return Finding(seen, "skipped", "Give yours: flask doctor --key")


def _of(what: str, number: str) -> str:
    return f"{what} {number}".strip()


def hurried(config: Config, timeout: float) -> Config:
    """The operator's settings, with nobody's patience longer than the doctor's: a call is over
    before its check has to be, and so tells itself what it waited for.
    """
    names = ("connect", "first_byte", "idle", "total", "media")
    fields = [f"{name}_timeout" for name in names]
    shorter = {name: min(SHARE * timeout, getattr(config, name)) for name in fields}
    return config.model_copy(update={**shorter, "local_embeddings": False})


def _dotenv() -> Mapping[str, str]:
    try:
        return dotenv()
    except ConfigError:  # which `settings` tells
        return {}


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeError):  # which `relay.yaml` tells
        return ""
