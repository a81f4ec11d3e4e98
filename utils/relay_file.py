"""relay.yaml: the settings that are more than one value each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails

from utils import plain_yaml
from utils.config import Config, ConfigError


def _trimmed(name: str) -> str:
    if not name or name != name.strip():
        raise ValueError("a name must not be empty or begin or end with a space")
    return name


Name = Annotated[str, AfterValidator(_trimmed)]


class RelayFile(BaseModel):
    """`aliases` lead from a name to a model or to another alias; `fallbacks` say what to try,
    in this order, when a model fails. Both may name a model by an alias.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    aliases: dict[Name, Name] = {}
    fallbacks: dict[Name, tuple[Name, ...]] = {}

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
    return plain_yaml.complaint(place, _meaning(error["type"], error["msg"]))


def _meaning(kind: str, message: str) -> str:
    match kind:
        case "model_type":
            return f"must hold sections: {_known()}"
        case "extra_forbidden":
            return f"is not known here; known are {_known()}"
        case "string_type":
            return "must be one text; the word null is one only in quotes"
        case "dict_type":
            return "must hold lines like name: model"
        case "tuple_type":
            return "must be a list"
    return message.removeprefix("Value error, ")


def _known() -> str:
    return ", ".join(RelayFile.model_fields)
