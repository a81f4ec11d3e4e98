"""What the checks of 1min.ai have found so far, on which later ones stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import ParamSpec

from utils.domain.catalog import Catalog, Model
from utils.domain.owner import owner
from utils.domain.payers import Payer
from utils.errors import RelayError
from utils.web.operator.doctor.asking import Spent
from utils.web.operator.doctor.findings import Finding, Skipped, Status, failure
from utils.web.operator.doctor.mending import CHANGED
from utils.web.operator.doctor.patient import OneMin

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Account:
    """`number` is shown in place of the key; it is empty where there is one alone."""

    key: str = field(repr=False)
    number: str = ""

    @property
    def payer(self) -> Payer:
        return Payer(owner(self.key), self.key)


@dataclass(slots=True)
class Course:
    """`asked` is the model that the operator named; `wrong` names settings and relay.yaml."""

    asked: str = ""
    wrong: Collection[str] = ()
    reached: bool = False  # 1min.ai
    date: str = ""  # by its clock
    catalog: Catalog | None = None
    model: str = ""
    native: Sequence[str] = ()  # models of that chat
    tried: bool = False  # any key
    accepted: tuple[Account, ...] = ()
    broke: tuple[Account, ...] = ()
    chat: Finding | None = None  # what the first account that can pay was answered
    serving: bool = False  # a relay, already
    spent: Spent = field(default_factory=Spent)

    def copy(self) -> Course:
        """For one check alone to write into."""
        return replace(self, spent=replace(self.spent))

    def check_settings(self, *names: str) -> None:
        """What is looked at instead of a wrong one is not the operator's."""
        if wrong := [name for name in names if name in self.wrong]:
            raise Skipped(f"{', '.join(wrong)} is wrong")

    def check_reach(self) -> None:
        self.check_settings("ONE_MIN_BASE_URL")
        if not self.reached:
            raise Skipped("1min.ai cannot be reached")

    def account(self) -> Account:
        """One that 1min.ai knows. Raises Skipped."""
        self.check_reach()
        if not self.tried:
            self.check_settings("ONE_MIN_API_KEYS")
            raise Skipped("no key was given")
        if not self.accepted:
            raise Skipped("there is no key that 1min.ai accepts")
        return self.accepted[0]

    def payer(self) -> Account:
        """One that can pay, as far as is known. Raises Skipped."""
        self.check_reach()
        paying = [each for each in self.accepted if each not in self.broke]
        if self.accepted and not paying:
            raise Skipped("no account has credits left")
        return paying[0] if paying else self.account()

    def chat_model(self) -> Model | None:
        """None for one that the catalog does not have. Raises Skipped."""
        if not self.model:
            raise Skipped("no model is known that could answer")
        return self.catalog.models.get(self.model) if self.catalog else None


Look = Callable[[Course], Finding]


def advised(seen: str, best: str, mode: str) -> Finding:
    """`mode` is the ONE_MIN_CHAT that is set. Only `native` has nothing to fall back on."""
    if best == mode:
        return Finding(f"{seen}; ONE_MIN_CHAT={mode} is right")
    if best == "auto":
        return Finding(f"{seen}; ONE_MIN_CHAT=auto would use that for tools and sampling")
    if mode == "native":
        return Finding(seen, "failed", "Set ONE_MIN_CHAT=unify.")
    return Finding(seen, "warning", "Set ONE_MIN_CHAT=unify.")


def compared(onemin: OneMin, look: Look) -> Look:
    """The same, and whether the answers were as the relay relies on."""

    def looked(course: Course) -> Finding:
        with onemin.noting() as notes:
            try:
                finding = look(course)
            except RelayError as error:
                finding = failure(error)
        return deviating(finding, notes.deviations)

    return looked


def alone(look: Callable[P, Finding], *told: P.args, **named: P.kwargs) -> Look:
    """It stands on nothing that others have found."""
    return lambda _: look(*told, **named)


def deviating(finding: Finding, deviations: Sequence[str]) -> Finding:
    if not deviations:
        return finding
    seen = f"{finding.seen}; not as the relay relies on: {', '.join(deviations)}"
    status: Status = "failed" if finding.status == "failed" else "warning"
    return replace(finding, seen=seen, status=status, mend=f"{finding.mend} {CHANGED}".strip())
