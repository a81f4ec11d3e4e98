"""Whether a run that lasted shows any growth."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.soak.samples import Sample

BAR = 0.05  # of what it was
PARTS = 10
FEW = 2  # descriptors or threads: of a dozen, one more is a large part, and no growth
# Not PSS: of what other programs share with the relay, it has more when one of them ends.
MEASURES = {"rss": 0, "descriptors": FEW, "threads": FEW}


@dataclass(frozen=True, slots=True)
class Drift:
    """From the tenth of a run that follows the warm-up, which is the first, to the last one."""

    measure: str
    before: float
    after: float

    @property
    def change(self) -> float:
        return (self.after - self.before) / self.before

    @property
    def met(self) -> bool:
        return self.change < BAR or self.after - self.before <= MEASURES[self.measure]


def drifts(samples: Sequence[Sample]) -> list[Drift]:
    """Medians. There have to be samples for each part."""
    parts = tenths(samples)
    return [
        Drift(measure, median(parts[1], measure), median(parts[-1], measure))
        for measure in MEASURES
    ]


def tenths(samples: Sequence[Sample]) -> list[Sequence[Sample]]:
    edges = [len(samples) * number // PARTS for number in range(PARTS + 1)]
    return [samples[begin:end] for begin, end in pairwise(edges)]


def median(samples: Sequence[Sample], measure: str) -> float:
    return float(statistics.median(getattr(sample, measure) for sample in samples))
