"""What can be told of settings without asking anybody."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path

from utils.config import Config
from utils.relay_file import RelayFile
from utils.web.operator.doctor.findings import Finding
from utils.web.services import descriptors

OURS = "ONE_MIN_"  # how nobody else's variables begin; Kubernetes has many with RELAY_
KEY = "ONE_MIN_API_KEY"
BOTH_KEYS = (
    f"{KEY} is your own, which clients and --key send; "
    "the relay's, which pay for callers with a key of the relay's, are ONE_MIN_API_KEYS"
)
FOR_CLIENTS = (KEY, "RELAY_KEY")  # which they send
NEAR, NEARER = 0.8, 0.9  # of two names, in difflib's terms
LITTLE = 2**30  # bytes on a disk


def values(complaint: str) -> Finding:
    """`complaint` is what the relay would not start for."""
    if not complaint:
        return Finding(f"{len(Config.model_fields)} settings, none of them wrong")
    told = "; ".join(complaint.splitlines())
    where = "Correct what is named, in .env or the environment: README, Settings, has each."
    return Finding(told, "failed", where)


def names(dotenv: Collection[str], environ: Iterable[str], used: str) -> Finding:
    """Of variables that look like a setting, and are none. `used` is relay.yaml, which may
    refer to others. The environment has variables of everybody's: few of them are meant.
    """
    looked = {
        **{name: _meant(name, NEARER) for name in environ},
        **{name: _meant(name, NEAR) for name in dotenv},
    }
    known = [*FOR_CLIENTS, *(name.upper() for name in Config.model_fields)]
    wrong = {
        name: meant
        for name, meant in looked.items()
        if name.upper() not in known
        and f"${{{name}}}" not in used
        and (meant or name.startswith(OURS))
    }
    if not wrong:
        note = f"; {BOTH_KEYS}" if KEY in dotenv else ""
        return Finding(f"every name is one of the relay's, or like none of them{note}")
    hints = [f"{meant} in place of {name}" for name, meant in wrong.items() if meant]
    mend = f"Write {', '.join(hints)}." if hints else "Take it out: README, Settings, has all."
    return Finding(f"no setting is called {', '.join(wrong)}", "warning", mend)


def _meant(name: str, near: float) -> str:
    known = [setting.upper() for setting in Config.model_fields]
    return next(iter(get_close_matches(name.upper(), known, 1, near)), "")


def processes(config: Config) -> Finding:
    if config.workers > 1 and not config.memcached_host:
        seen = f"{config.workers} processes, each with limits and answers to replay of its own"
        mend = "Set MEMCACHED_HOST, through which they share them, or WORKERS=1."
        return Finding(seen, "warning", mend)
    return Finding(f"WORKERS={config.workers}, THREADS={config.threads}")


def open_files(config: Config) -> Finding:
    most, needed = descriptors.most(), descriptors.needed(config.threads)
    if most < needed:
        seen = f"a process may open {most} files, and THREADS={config.threads} take {needed}"
        mend = "Raise the limit (ulimit -n, LimitNOFILE, ulimits in Compose), or lower THREADS."
        return Finding(seen, "warning", mend)
    return Finding(f"a process may open {most} files, and needs {needed}")


def data_folder(config: Config) -> Finding:
    """By a file that is written there."""
    folder = Path(config.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        seen = f"DATA_DIR={folder} cannot be written to: {error.strerror}"
        mend = "Let the relay's user write there, or set DATA_DIR to a folder where it can."
        return Finding(seen, "failed", mend)
    return roomy(f"DATA_DIR={folder} can be written to", free)


def roomy(seen: str, free: int) -> Finding:
    """`free` is in bytes."""
    seen = f"{seen}, {free / 2**30:.1f} GiB are free"
    if free < LITTLE:
        mend = "Make room on that disk: files, the ledger and the database need it."
        return Finding(seen, "warning", mend)
    return Finding(seen)


def file(config: Config, file: RelayFile | None, complaint: str) -> Finding:
    """relay.yaml, or what it is called."""
    if file is None:
        told = "; ".join(complaint.splitlines())
        mend = f"Correct the places named in {config.config_file}: see relay.example.yaml."
        return Finding(told, "failed", mend)
    if not Path(config.config_file).exists():
        return Finding(f"there is no {config.config_file}, which is well")
    told = f"{len(file.backends)} back-ends, {len(file.aliases)} aliases"
    told = f"{told}, {len(file.fallbacks)} models with fallbacks"
    return Finding(f"{config.config_file}: {told}")


def callers(config: Config, file: RelayFile) -> Finding:
    """Who may spend what the operator pays for."""
    paying = [name for name, each in file.backends.items() if each.api_key.get_secret_value()]
    if config.allow_passthrough and paying and is_public(config.host):
        seen = f"anybody with a 1min.ai key who reaches HOST={config.host} may use "
        seen += f"{', '.join(paying)}, for which the api_key in {config.config_file} pays"
        mend = (
            "Set ALLOW_PASSTHROUGH=false and give out keys of the relay's, or keep HOST local."
        )
        return Finding(seen, "warning", mend)
    if not (config.allow_passthrough or config.one_min_api_keys or file.backends):
        seen = "no caller can be answered: ALLOW_PASSTHROUGH=false, and the relay has no key"
        return Finding(seen, "failed", "Set ONE_MIN_API_KEYS, or ALLOW_PASSTHROUGH=true.")
    who = "their own 1min.ai keys or the relay's" if config.allow_passthrough else "the relay's"
    return Finding(f"callers bring {who}")


def is_public(host: str) -> bool:
    """Whether others than this machine may reach it there."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
