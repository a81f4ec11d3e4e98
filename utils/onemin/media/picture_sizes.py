"""How large a picture is to be, in each model's own words: always the nearest that it draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from utils.domain.media import Sides

Fields = dict[str, Any]


class Sizing(Protocol):
    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        """One of the two is there. The aspect says the shape, the size how many pixels."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """One of a list, the usual one first; `others` goes with all but that one."""

    allowed: tuple[Sides, ...]
    others: Mapping[str, Any] = field(default_factory=dict)

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        usual = self.allowed[0]
        width, height = nearest(self.allowed, aspect or size or usual, size or usual)
        told = {"size": f"{width}x{height}"}
        return told if (width, height) == usual else {**told, **self.others}


@dataclass(frozen=True, slots=True)
class AsAsked:
    """For models of which nobody knows what they draw."""

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        told = {"size": "{}x{}".format(*size)} if size else {}
        return {**told, "aspect_ratio": "{}:{}".format(*aspect)} if aspect else told


@dataclass(frozen=True, slots=True)
class Ratios:
    """One of a list, as in 16:9."""

    name: str
    allowed: tuple[Sides, ...]

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        shape = aspect or size or self.allowed[0]
        width, height = nearest(self.allowed, shape)
        return {self.name: f"{width}:{height}"}


@dataclass(frozen=True, slots=True)
class Parts:
    """A ratio of two whole numbers up to `most`, in two fields."""

    most: int

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        counts = range(1, self.most + 1)
        pairs = [(w, h) for w in counts for h in counts if math.gcd(w, h) == 1]
        width, height = nearest(pairs, aspect or size or (1, 1))
        return {"aspect_width": width, "aspect_height": height}


@dataclass(frozen=True, slots=True)
class Steps:
    """A name for so many pixels a side, were it a square."""

    name: str
    sides: Mapping[str, int]

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        if size is None:
            return {}
        side = math.sqrt(size[0] * size[1])
        return {self.name: min(self.sides, key=lambda step: _apart(self.sides[step], side))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Any size made of blocks, within these bounds (onemin-api.md 9.1, gpt-image-2)."""

    block: int
    least: int  # pixels in all
    most: int
    longest: int
    widest: int
    usual: Sides

    def fields(self, size: Sides | None, aspect: Sides | None) -> Fields:
        if size and not aspect and self._fits(size):
            return {"size": f"{size[0]}x{size[1]}"}
        width, height = aspect or size or self.usual
        pixels = math.prod(size or self.usual)
        return {"size": "{}x{}".format(*self._nearest(width / height, pixels))}

    def _fits(self, size: Sides) -> bool:
        whole = all(side % self.block == 0 for side in size)
        narrow = max(size) <= min(self.longest, self.widest * min(size))
        return whole and narrow and self.least <= math.prod(size) <= self.most

    def _nearest(self, ratio: float, pixels: float) -> Sides:
        """A little inside the bounds: rounding to blocks may go either way."""
        widest = self.widest * 0.96
        ratio = min(max(ratio, 1 / widest), widest)
        pixels = min(max(pixels, self.least * 1.06), self.most * 0.94)
        width, height = math.sqrt(pixels * ratio), math.sqrt(pixels / ratio)
        scale = min(1.0, self.longest / max(width, height))
        return self._rounded(width * scale), self._rounded(height * scale)

    def _rounded(self, side: float) -> int:
        return round(side / self.block) * self.block


def nearest(allowed: Sequence[Sides], shape: Sides, size: Sides | None = None) -> Sides:
    """The nearest in shape, and of several such the nearest in pixels."""
    wanted = shape[0] / shape[1]
    pixels = math.prod(size) if size else 0

    def far(sides: Sides) -> tuple[float, float]:
        off = _apart(sides[0] / sides[1], wanted)
        return round(off, 9), _apart(math.prod(sides), pixels) if pixels else 0.0

    return min(allowed, key=far)


def _apart(one: float, other: float) -> float:
    return abs(math.log(one / other))
