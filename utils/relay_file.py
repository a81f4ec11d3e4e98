"""relay.yaml: the settings that are more than one value each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from utils import plain_yaml
from utils.config import Config, ConfigError
from utils.setting_types import origin

RESERVED = ("model", "stream")  # arguments that only a request can know


def _trimmed(name: str) -> str:
    if not name or name != name.strip():
        raise ValueError("a name must not be empty or begin or end with a space")
    return name


def _json(value: object) -> object:
    """Texts that are JSON as what they say: 0.5, true. A text of digits is '"5"'."""
    match value:
        case str():
            try:
                return json.loads(value, parse_constant=str)
            except ValueError:
                return value
        case list():
            return [_json(each) for each in value]
        case dict():
            return {name: _json(each) for name, each in value.items()}
    return value


def _filled(section: object) -> object:
    """All lines below it may be commented out."""
    return {} if section is None else section


def _sendable(key: SecretStr) -> SecretStr:
    value = key.get_secret_value()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be one word of ASCII")
    return key


Name = Annotated[str, AfterValidator(_trimmed)]
Label = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]
Values = Annotated[dict[Name, Any], BeforeValidator(_json)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Price(Section):
    """In credits a token."""

    input: Amount
    output: Amount


class Embeddings(Section):
    """What a server takes at once: so many inputs; base64 for an answer; tokens for texts, if
    they are those of its own model, which a client's need not be: else it gets their text.
    `shortens` says that the model was trained for vectors that are cut.
    """

    batch: Annotated[int, Field(ge=1, le=2048)] = 96
    base64: bool = True
    tokens: bool = False
    shortens: bool = False


class Shown(Section):
    """How /v1/models shows a model; what else is here is shown as it is."""

    model_config = ConfigDict(extra="allow")

    id: str = ""
    object: Literal["model"] = "model"
    owned_by: str = ""
    created: Count = 0

    @property
    def more(self) -> dict[str, Any]:
        return {name: _json(value) for name, value in (self.model_extra or {}).items()}


class BackendModel(Section):
    """`type` is what it does, `name` what its server calls it. `arguments` fill in what a
    request leaves open. 0 and nothing are unknown.
    """

    type: Annotated[
        tuple[
            Literal[
                "chat:base",
                "embeddings:base",
                "moderations:base",
                "rerank:base",
                "audio:transcribe",
                "audio:speech",
                "images:generate",
            ],
            ...,
        ],
        Field(min_length=1),
    ] = ("chat:base",)
    name: Name | None = None
    context: Count = 0
    max_output: Count = 0
    vision: bool = False
    prices: Price | None = None
    embeddings: Embeddings = Embeddings()
    response: Shown = Shown()
    arguments: Values = {}

    @field_validator("arguments")
    @classmethod
    def _leave_the_rest(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        if named := [name for name in RESERVED if name in arguments]:
            raise ValueError(f"{named[0]} is for the request to say")
        return arguments


class Backend(Section):
    """An OpenAI-compatible server, and which models it is asked for."""

    kind: Literal["openai"] = "openai"
    base_url: Annotated[str, AfterValidator(origin)] = ""
    host: Annotated[str, Field(pattern=r"^[\w.:-]+$")] = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    api_key: Annotated[SecretStr, AfterValidator(_sendable)] = SecretStr("")
    models: Annotated[
        dict[Name, Annotated[BackendModel, BeforeValidator(_filled)]], Field(min_length=1)
    ]

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"http://{host}:{self.port}/v1"

    @field_validator("models")
    @classmethod
    def _keep_their_names(cls, models: dict[str, BackendModel]) -> dict[str, BackendModel]:
        for id, model in models.items():
            if model.response.id not in ("", id):
                raise ValueError(f"{id}.response.id must be {id}, by which it is asked")
        return models

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if bool(self.base_url) == bool(self.host) or bool(self.host) != bool(self.port):
            raise ValueError("needs base_url, or host and port")
        return self


class RelayFile(Section):
    """`aliases` lead from a name to a model or an alias; `fallbacks` say what to try, in order,
    when a model fails, and with `restart` who goes on with a text that broke off. `backends`
    serve models, `prices` are of any. `family_factors`: tokens of a model for one of OpenAI's.
    """

    aliases: dict[Name, Name] = {}
    fallbacks: dict[Name, tuple[Name, ...]] = {}
    restart: bool = False
    backends: dict[Label, Backend] = {}
    prices: dict[Name, Price] = {}
    family_factors: dict[Name, Annotated[float, Field(ge=0.1, le=10)]] = {}

    @field_validator("aliases")
    @classmethod
    def _lead_somewhere(cls, aliases: dict[str, str]) -> dict[str, str]:
        settled: set[str] = set()
        for name in aliases:
            way: list[str] = []
            while name in aliases and name not in settled:
                settled.add(name)
                way.append(name)
                name = aliases[name]
            if name in way:
                raise ValueError(f"{' → '.join((*way, name))} leads in a circle")
        return aliases

    @field_validator("fallbacks")
    @classmethod
    def _differ(cls, fallbacks: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for model, others in fallbacks.items():
            if len({model, *others}) <= len(others):
                raise ValueError(f"{model} would ask the same model twice")
        return fallbacks

    @field_validator("backends")
    @classmethod
    def _share_no_model(cls, backends: dict[str, Backend]) -> dict[str, Backend]:
        servers: dict[str, str] = {}
        for name, backend in backends.items():
            for id in backend.models:
                if (other := servers.setdefault(id, name)) != name:
                    raise ValueError(f"{other} and {name} both serve {id}")
        return backends

    @classmethod
    def of(cls, config: Config, environ: Mapping[str, str]) -> Self:
        """The file of CONFIG_FILE, which must exist unless the name is only the default."""
        path = Path(config.config_file)
        named = "config_file" in config.model_fields_set
        return cls.load(path if named or path.exists() else None, environ)

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str]) -> Self:
        """What the file says, with each `${NAME}` taken from `environ`; no file says nothing.

        Raises ConfigError, naming the file and the place of everything that is wrong in it.
        """
        if path is None:
            return cls()
        try:
            return cls.model_validate(_sections(plain_yaml.read(path, environ)))
        except plain_yaml.Unreadable as error:
            complaints = error.complaints
        except ValidationError as error:
            complaints = [_complaint(each) for each in error.errors(include_input=False)]
        raise ConfigError("\n".join(f"{path}: {complaint}" for complaint in complaints))


def _sections(content: object) -> object:
    """Those that hold something: all lines below `aliases:` may be commented out."""
    match content:
        case None:
            return {}
        case dict():
            return {name: section for name, section in content.items() if section is not None}
    return content


def _complaint(error: ErrorDetails) -> str:
    place = error["loc"]
    if place[-1:] == ("[key]",):  # pydantic's sign that the key before it is what is wrong
        place = place[:-1]
    return plain_yaml.complaint(place, _meaning(error))


_MEANINGS = {
    "missing": "must be there",
    "string_type": "must be one text; the word null is one only in quotes",
    "dict_type": "must hold lines like name: model",
    "tuple_type": "must be a list",
    "too_short": "must hold one at least",
    "string_pattern_mismatch": "must be letters, digits and . _ - only",
}


def _meaning(error: ErrorDetails) -> str:
    place = error["loc"]
    match error["type"]:
        case "model_type":
            return f"must hold {'lines' if place else 'sections'}: {_known(place)}"
        case "extra_forbidden":
            return f"is not known here; known are {_known(place[:-1])}"
        case "literal_error":
            return f"must be {error['ctx']['expected']}"
        case kind if kind in _MEANINGS:
            return _MEANINGS[kind]
    return error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def _known(place: plain_yaml.Place) -> str:
    match place:
        case ("backends", _):
            kind: type[Section] = Backend
        case ("backends", _, "models", _):
            kind = BackendModel
        case ("backends", _, "models", _, "embeddings"):
            kind = Embeddings
        case ("backends", _, "models", _, "prices") | ("prices", _):
            kind = Price
        case _:
            kind = RelayFile
    return ", ".join(kind.model_fields)
