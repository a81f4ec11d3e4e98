"""What the relay remembers by: Memcached and the database."""

from __future__ import annotations

import shutil

from utils.config import Config
from utils.store import trials
from utils.web.operator.doctor.findings import Finding, Skipped
from utils.web.operator.doctor.settings import roomy

SLOW = 0.05  # seconds for one question to Memcached, which a request asks several


def memcached(config: Config) -> Finding:
    if not config.memcached_host:
        raise Skipped("MEMCACHED_HOST is empty: each process remembers for itself")
    place = f"{config.memcached_host}:{config.memcached_port}"
    trial = trials.memcached(config.memcached_host, config.memcached_port)
    if trial.wrong:
        seen = f"{place} did not do as told: {', '.join(trial.wrong)}"
        mend = "Check that this is a Memcached with memory left (-m 512 or more)."
        return Finding(seen, "failed", mend)
    seen = f"{place} sets, gets, adds and counts, in {trial.seconds * 1000:.1f} ms each"
    if trial.seconds > SLOW:
        return Finding(seen, "warning", "Run Memcached nearer to the relay.")
    return Finding(seen)


def database(url: str) -> Finding:
    trial = trials.database(url)
    seen = trial.kind
    if not trial.exists:
        return Finding(f"{seen}: the relay makes it at its first use")
    if trial.revision > trial.newest:
        seen = f"{seen}, made by a newer version of the relay ({trial.revision})"
        return Finding(seen, "failed", "Run that version again, or name another DATABASE_URL.")
    if trial.revision < trial.newest:
        form = trial.revision or "none"
        seen = f"{seen}, in the form {form}; this version's is {trial.newest}"
        mend = "Make a backup, then start the relay: it brings it there at its first use."
        return Finding(seen, "warning", mend)
    seen = f"{seen}, in the form {trial.newest}, can be read and written"
    if trial.folder is None:
        return Finding(f"{seen}; the room it has only its server knows")
    return roomy(seen, shutil.disk_usage(trial.folder).free)
