"""Every setting: its environment variable, type, default and meaning."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, Self

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from utils.setting_types import (
    DatabaseUrl,
    Embedding,
    Keys,
    Names,
    Networks,
    Origins,
    Token,
    Url,
)

SECRETS = frozenset(("admin_token", "one_min_api_keys"))  # no complaint shows their values
SUBSET = "subset_of_one_min_permitted_models"  # it stands before what may be wrong beside it


class ConfigError(ValueError):
    """The environment holds a value the relay cannot start with: each in `wrong`, if known."""

    def __init__(self, message: str, wrong: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.wrong = frozenset(wrong)


class Config(BaseSettings):
    """One field is one variable: `first_byte_timeout` is FIRST_BYTE_TIMEOUT.

    An empty variable counts as unset. `.env` is read; the environment wins.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("0.0.0.0", description="address to listen on")
    port: int = Field(5001, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="processes sharing the listening socket")
    threads: int = Field(
        1024,
        ge=1,
        le=4096,
        description="concurrent calls a process, and as many for pictures, sounds and videos "
        "(with `CARRIER=threads`: in all)",
    )
    carrier: Literal["loop", "threads"] = Field(
        "loop" if sys.platform == "linux" else "threads",
        description="what waits for answers: `loop`, one thread for all chats and media; or "
        "`threads`, one for each call, which is all there is outside Linux",
    )
    one_min_base_url: Url = Field("https://api.1min.ai", description="where 1min.ai answers")
    one_min_asset_url: Url = Field(
        "https://asset.1min.ai", description="where 1min.ai keeps files"
    )
    one_min_api_keys: Keys = Field(
        (),
        description="the relay's own 1min.ai keys, comma-separated: they pay for callers with "
        "a key of the relay's",
    )
    one_min_chat: Literal["unify", "native", "auto"] = Field(
        "unify",
        description="which of 1min.ai's chats answers: `unify`, its own; `native`, its "
        "OpenAI-compatible one; `auto`, native if it lists the model and the request needs it",
    )
    subset_of_one_min_permitted_models: Names = Field(
        (), description="models the relay serves when only these are permitted, comma-separated"
    )
    permit_models_from_subset_only: bool = Field(
        False, description="list and serve only the models of that subset"
    )
    default_chat_model: str = Field(
        "", description="model of a chat that names none; empty: chosen from the catalog"
    )
    default_image_model: str = Field(
        "", description="model of a picture that names none; empty: chosen from the catalog"
    )
    memcached_host: str = Field(
        "",
        pattern=r"^[\w.-]*$",
        description="where limits and the catalog are shared; empty: memory of this process",
    )
    memcached_port: int = Field(11211, ge=1, le=65535, description="Memcached's port")
    data_dir: str = Field("data", description="folder for what must survive a restart")
    database_url: DatabaseUrl = Field(
        "",
        description="where keys, the ledger, responses, conversations, threads and files are "
        "remembered: `sqlite:///folder/file.db` or `postgresql://user:password@host/name`; "
        "empty: `relay.db` in `DATA_DIR`",
    )
    keep_responses_days: int = Field(
        30, ge=1, le=36500, description="days a stored response can be asked for"
    )
    keep_usage_days: int = Field(
        400, ge=1, le=36500, description="days a call stays in the ledger; sums of months stay"
    )
    config_file: str = Field(
        "relay.yaml",
        description="file of aliases, fallbacks, back-ends and prices, read anew when it "
        "changes; the default may be missing",
    )
    rate_limit_requests: int = Field(
        180, ge=0, le=10**12, description="requests a minute and caller; 0: no limit"
    )
    rate_limit_tokens: int = Field(
        100_000, ge=0, le=10**12, description="tokens a minute and caller; 0: no limit"
    )
    rate_limit_concurrency: int = Field(
        0, ge=0, le=1000, description="calls at once of one caller; 0: no limit"
    )
    web_search_num_of_site: int = Field(
        3, ge=1, le=50, description="pages read in a web search, unless the request says"
    )
    web_search_max_word: int = Field(
        1000, ge=1, le=100_000, description="words taken from them, unless the request says"
    )
    context_trim: Literal["off", "oldest"] = Field(
        "off",
        description="what happens to a chat too long for its model: `off`, it is refused; "
        "`oldest`, it loses its oldest turns; `x-relay-trim` says so for one request",
    )
    default_transcription_model: str = Field(
        "whisper-1",
        description="model that writes down what is said, unless a request for that names one",
    )
    default_speech_model: str = Field(
        "tts-1", description="model that speaks where a request for speech names none"
    )
    local_embeddings: Embedding = Field(
        False,
        description="whether the relay itself serves `all-minilm-l6-v2`, which embeds texts; "
        "needs the packages of requirements-embeddings.txt",
    )
    fetch_allow_networks: Networks = Field(
        (),
        description="networks a user's URL may reach besides public ones, comma-separated",
    )
    allow_passthrough: bool = Field(
        True,
        description="whether callers may bring their own 1min.ai keys; `false`: the "
        "relay's own keys only",
    )
    admin_token: Token = Field(
        SecretStr(""),
        description="opens /admin, which is not there without it: 16 characters or more",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="proxies in front whose `X-Forwarded-*` counts"
    )
    cors_origins: Origins = Field(
        ("*",), description="origins whose pages may call, comma-separated"
    )
    stream_commit_seconds: float = Field(
        10, gt=0, description="how long a stream's status waits for the first word"
    )
    stream_heartbeat_seconds: float = Field(
        15, gt=0, description="silence after which a stream sends a comment"
    )
    connect_timeout: float = Field(5, gt=0, description="seconds to connect to 1min.ai")
    first_byte_timeout: float = Field(
        120, gt=0, description="seconds from the request to the first byte of the answer"
    )
    idle_timeout: float = Field(120, gt=0, description="seconds between two reads of an answer")
    total_timeout: float = Field(900, gt=0, description="seconds for a whole call")
    media_timeout: float = Field(
        900, gt=0, description="seconds for a picture, a recording or an upload"
    )
    max_file_mb: int = Field(50, ge=1, le=1024, description="largest file, in MiB")
    max_audio_mb: int = Field(
        25, ge=1, le=1024, description="largest recording to be written down, in MiB"
    )
    max_storage_mb: int = Field(
        1024, ge=1, le=2**20, description="what one key's files may take, in MiB"
    )
    max_body_mb: int = Field(64, ge=1, le=1024, description="largest request body, in MiB")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severity that is logged"
    )
    log_format: Literal["text", "json"] = Field("text", description="how a log line looks")
    log_content: bool = Field(
        False,
        description="whether the first 2,000 characters of what a chat asks and is answered "
        "are logged too, where `LOG_LEVEL` is `DEBUG`",
    )

    @property
    def database(self) -> str:
        """The URL of the one to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/relay.db"

    @property
    def nearby(self) -> str:
        """Where it listens, as a URL for this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}"

    @field_validator("carrier")
    @classmethod
    def _can_carry(cls, carrier: str) -> str:
        if carrier == "loop" and sys.platform != "linux":
            raise ValueError("needs Linux")
        return carrier

    @field_validator("permit_models_from_subset_only")
    @classmethod
    def _subset_is_named(cls, only: bool, told: ValidationInfo) -> bool:
        if only and not told.data[SUBSET]:
            raise ValueError(f"needs {SUBSET.upper()}")
        return only

    @field_validator("default_chat_model", "default_image_model")
    @classmethod
    def _is_permitted(cls, model: str, told: ValidationInfo) -> str:
        only = told.data.get("permit_models_from_subset_only")
        if model and only and model not in told.data[SUBSET]:
            raise ValueError(f"is not in {SUBSET.upper()}")
        return model

    @classmethod
    def load(cls) -> Self:
        """From the environment. Raises ConfigError, naming every bad variable."""
        with readable():
            try:
                return cls()
            except ValidationError as error:
                told = "\n".join(map(_complaint, error.errors()))
                raise ConfigError(told, map(str.upper, _bad(error))) from None

    @classmethod
    def without_mistakes(cls, env_file: str | None = ".env") -> Self:
        """As if each bad value were not set, for whoever has been told of them."""
        try:
            return cls(_env_file=env_file)
        except (OSError, UnicodeError):
            return cls.without_mistakes(None)
        except ValidationError as error:
            bad = _bad(error)
        return cls(_env_file=env_file, **{name: cls.model_fields[name].default for name in bad})


def _bad(error: ValidationError) -> set[str]:
    """Which fields."""
    return {str(each["loc"][0]) for each in error.errors()}


@contextmanager
def readable() -> Iterator[None]:
    """Around a look into `.env`, at each of which python-dotenv logs what it cannot read."""
    grumbles = logging.getLogger("dotenv.main")
    grumbles.disabled = True
    try:
        yield
    except OSError as error:
        raise ConfigError(f".env cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise ConfigError(".env is not UTF-8 text") from None
    finally:
        grumbles.disabled = False


def _complaint(error: object) -> str:
    match error:
        case {"loc": (str(field), *_), "msg": str(message), "input": value}:
            secret = field in SECRETS or "@" in str(value)  # a password may stand before it
            shown = "…" if secret else repr(value)
            return f"{field.upper()}={shown}: {message.removeprefix('Value error, ')}"
        case {"msg": str(message)}:
            return message.removeprefix("Value error, ")
    return str(error)


def dotenv() -> dict[str, str]:
    """What `.env` says. Raises ConfigError."""
    with readable():
        return {name: value or "" for name, value in dotenv_values(".env").items()}


def table() -> str:
    """The settings as the README shows them."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        default = field.default
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        rows.append(
            f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |"
        )
    return "\n".join(rows) + "\n"
