"""What `flask doctor` looks at, and by what."""

from __future__ import annotations

from utils.assembly.onemin import native_surface
from utils.assembly.origins import Origins
from utils.assembly.services import connect
from utils.compatible.client import Client as CompatibleClient
from utils.compatible.running import RunningRelay
from utils.compatible.upstream import Compatible
from utils.config import Config
from utils.onemin.examination import Examination
from utils.onemin.files.once import Once
from utils.onemin.files.uploads import Uploads
from utils.onemin.witness import Witness
from utils.relay_file import RelayFile
from utils.store.shared import Memory
from utils.web.operator.doctor.patient import Patient


def examine(config: Config, file: RelayFile) -> Patient:
    """A relay of these settings, which serves nobody."""
    origins = Origins(config)
    witness = Witness(chat=origins.chat(), media=origins.media(), quick=origins.quick())
    onemin = Examination(
        witness,
        api=origins.quick(),
        assets=origins.assets(),
        uploads=Uploads(witness, Once(Memory())),
        native=native_surface(config),
    )
    url = f"{config.nearby}:{config.port}"
    surface = CompatibleClient(chat=origins.relay(f"{url}/v1"), quick=origins.relay(url))
    running = RunningRelay(url, origins.relay(url), Compatible(surface))
    return Patient(connect(config, file, witness), file, onemin, running)
