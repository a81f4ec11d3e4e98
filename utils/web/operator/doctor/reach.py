"""Whether 1min.ai is there, knows the keys, and tells its models. All of it is free."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime

from utils.config import Config
from utils.domain.aliases import resolve
from utils.domain.catalog import Catalog
from utils.errors import ModelNotFound, RelayError
from utils.relay_file import RelayFile
from utils.web.operator.doctor.asking import waited
from utils.web.operator.doctor.course import Account, Course, advised
from utils.web.operator.doctor.findings import Finding, Skipped
from utils.web.operator.doctor.mending import LATER, NEW_KEY, mend
from utils.web.operator.doctor.patient import Looked, Patient

APART = 60  # seconds that clocks may be
SERVER_FAULTS = range(500, 600)


class Reach:
    def __init__(self, patient: Patient) -> None:
        self._relay = patient.relay
        self._file = patient.file
        self._onemin = patient.onemin

    def api(self, course: Course) -> Finding:
        told = self._onemin.reached()
        course.reached, course.date = True, told[1].get("date", "")
        return _there(self._relay.config.one_min_base_url, told)

    def clock(self, course: Course) -> Finding:
        course.check_reach()
        return clock(course.date, time.time())

    def asset_host(self) -> Finding:
        told = self._onemin.asset_host_reached()
        return _there(self._relay.config.one_min_asset_url, told)

    def catalog(self, course: Course) -> Finding:
        """While 1min.ai does not tell its models, a chat is tried with one of the last list."""
        config = self._relay.config
        try:
            course.check_reach()
            models = self._onemin.models()
        except RelayError as error:
            catalog = self._relay.catalog.at_hand()
            seen = f"{error.message}; the relay goes on with {len(catalog.models)} models"
            finding = Finding(f"{seen} of an older list", "failed", mend(error))
        else:
            own = self._relay.upstream.models
            catalog = Catalog.of([*models, *own.values()], live=bool(models))
            finding = listed(catalog, config, self._file.aliases)
        course.catalog = catalog
        course.model = course.asked or self._usual(catalog)
        return finding

    def _usual(self, catalog: Catalog) -> str:
        """The model of a chat that names none, if 1min.ai has it, else a common one."""
        config, models = self._relay.config, catalog.models.values()
        theirs = Catalog.of((each for each in models if not each.backend), live=catalog.live)
        preferred = resolve(config.default_chat_model, theirs, self._file.aliases) or ""
        try:
            return theirs.default_chat_model(preferred, self._relay.permission)
        except ModelNotFound:
            return ""

    def aliases(self, course: Course) -> Finding:
        catalog = course.catalog
        if catalog is None or not catalog.live:
            raise Skipped("1min.ai did not list its models")
        return leading(self._file, catalog)

    def key(self, account: Account, course: Course) -> Finding:
        course.check_reach()
        course.tried = True
        if not waited(self._relay.upstream.accepts(account.payer)):
            return Finding("1min.ai does not know this key", "failed", NEW_KEY)
        course.accepted += (account,)
        return Finding("1min.ai accepts it")

    def native_models(self, course: Course) -> Finding:
        """Those of 1min.ai's OpenAI-compatible chat, which not every account may have."""
        key, mode = course.account().key, self._relay.config.one_min_chat
        try:
            ids = course.native = self._onemin.native_models(key)
        except RelayError as error:
            return advised(f"this account cannot use them: {error.message}", "unify", mode)
        if not ids:
            return advised("it lists none for this account", "unify", mode)
        return Finding(f"this account may ask {len(ids)}: {', '.join(ids)}")


def accounts(keys: Sequence[str]) -> list[Account]:
    if len(keys) == 1:
        return [Account(keys[0])]
    return [Account(key, str(number)) for number, key in enumerate(keys, 1)]


def clock(date: str, now: float) -> Finding:
    try:
        apart = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        raise Skipped("1min.ai told no date") from None
    seen = f"this machine is {abs(apart):.0f} seconds {'ahead' if apart > 0 else 'behind'}"
    if abs(apart) > APART:
        mended = (
            "Set this machine's clock (NTP): keys would end, and limits begin anew, too early."
        )
        return Finding(seen, "warning", mended)
    return Finding(seen)


def listed(catalog: Catalog, config: Config, aliases: Mapping[str, str]) -> Finding:
    """What there is of what the relay has to have."""
    models = catalog.models.values()
    chats = sum(model.chat for model in models)
    if not chats:
        seen = f"{len(models)} models are listed, and none that chats"
        return Finding(seen, "failed", LATER)
    seen = f"{len(models)} models, {chats} of them chat"
    if missing := [*_missing(catalog, config, aliases)]:
        seen = f"{seen}; not among them: {', '.join(missing)}"
        return Finding(seen, "warning", "Set these to models of GET /v1/models.")
    return Finding(seen)


def _missing(catalog: Catalog, config: Config, aliases: Mapping[str, str]) -> Iterator[str]:
    """Models that settings name. Those of a subset go by their ids alone."""
    for name in ("chat", "image", "transcription", "speech"):
        model = getattr(config, f"default_{name}_model")
        if model and resolve(model, catalog, aliases) is None:
            yield f"DEFAULT_{name.upper()}_MODEL ({model})"
    for model in config.subset_of_one_min_permitted_models:
        if model not in catalog.models:
            yield f"SUBSET_OF_ONE_MIN_PERMITTED_MODELS ({model})"


def leading(file: RelayFile, catalog: Catalog) -> Finding:
    """Whether all that relay.yaml names leads to a model."""
    named = {
        **{f"aliases.{name}": [model] for name, model in file.aliases.items()},
        **{f"fallbacks.{name}": [name, *models] for name, models in file.fallbacks.items()},
        **{f"prices.{name}": [name] for name in file.prices},
    }
    lost = [
        f"{place} ({model})"
        for place, models in named.items()
        for model in _unknown(models, file, catalog)
    ]
    if lost:
        seen = f"no model is meant by {', '.join(lost)}"
        return Finding(seen, "warning", "Name models of GET /v1/models there.")
    return Finding("all that relay.yaml names is there")


def _unknown(models: Iterable[str], file: RelayFile, catalog: Catalog) -> list[str]:
    return [model for model in models if resolve(model, catalog, file.aliases) is None]


def _there(url: str, told: Looked) -> Finding:
    status, _ = told
    if status in SERVER_FAULTS:
        return Finding(f"{url} answers with HTTP {status}", "failed", LATER)
    return Finding(f"{url} answers")
