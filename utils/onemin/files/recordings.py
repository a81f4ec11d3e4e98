"""What recordings say, each paid for once."""

from __future__ import annotations

from utils.domain.chat import Usage
from utils.domain.files import File
from utils.domain.media import Recording
from utils.domain.payers import Payer
from utils.onemin.files.once import Once
from utils.onemin.files.uploads import Uploads, identity
from utils.onemin.media import transcription
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.media_turns import usage
from utils.waiting import Waiting


class Recordings:
    """`model` listens. Shared by all threads."""

    def __init__(self, deferred: Deferred, uploads: Uploads, once: Once, model: str) -> None:
        self._deferred = deferred
        self._uploads = uploads
        self._once = once
        self._model = model

    def text(self, file: File, payer: Payer) -> Waiting[tuple[str, Usage | None]]:
        """What is said, and what it cost to learn that, if it did not cost somebody else.

        Raises as `Deferred.reply` and `Uploads.asset` do.
        """
        name = f"transcript:1:{self._model}:{identity(file, payer)}"
        paid: list[Usage] = []
        kept = yield from self._once.value(name, lambda: self._heard(file, payer, paid))
        return kept.decode(), paid[0] if paid else None

    def _heard(self, file: File, payer: Payer, paid: list[Usage]) -> Waiting[bytes]:
        asset = yield from self._uploads.asset(file, payer)
        feature = transcription.build(Recording(asset.path, model=self._model))
        reply = yield from self._deferred.reply(feature, payer)
        paid.append(usage(reply, self._model, ""))
        return transcription.read(reply).encode()
