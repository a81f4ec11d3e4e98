"""`flask doctor`."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask

from utils.web.operator.doctor.checking import Overheard, Price, Result, Terms, found
from utils.web.operator.doctor.course import Course
from utils.web.operator.doctor.examining import Asked, Settings, checks
from utils.web.operator.doctor.patient import Examine
from utils.web.operator.doctor.settings import KEY

FAILED = 1  # exit status; 2 is click's, for what could not run


class Unasked(click.ClickException):
    exit_code = 2


def init_app(app: Flask, examine: Examine) -> None:
    """It reads the settings itself: they may be what is wrong."""

    @click.command()
    @click.option("--key", "asks", is_flag=True, help=f"try the key in {KEY}, or ask")
    @click.option("--model", default="", help="that answers; by itself: a chat's default")
    @click.option("--timeout", default=30.0, type=click.FloatRange(1, 900), help="seconds each")
    @click.option("--media", is_flag=True, help="make a sound and a picture, too: costs more")
    @click.option("--free", is_flag=True, help="only what costs no credits")
    @click.option("--json", "as_json", is_flag=True, help="one document, and nothing else")
    def doctor(asks: bool, as_json: bool, **given: Any) -> None:
        """Look what of this relay works, and how to mend the rest.

        Short chats with 1min.ai cost some credits, unless --free is there. The exit status is 1
        if something failed.
        """
        asked = Asked(key=_key() if asks else "", **given)
        with _overhearing() as overheard:
            held = Settings.read(os.environ)
            todo = checks(held, asked, os.environ, examine)
            terms = Terms(prices(asked), asked.timeout, [asked.key, *held.secrets])
            course, results = Course(asked=asked.model, wrong=held.wrong), []
            for result in found(todo, terms, course, overheard):
                results.append(result)
                if not as_json:
                    click.echo(line(result))
        told = document(results)
        click.echo(json.dumps(told, indent=2) if as_json else summary(results))
        sys.stdout.flush()
        click.get_current_context().exit(FAILED if told["status"] == "failed" else 0)

    app.cli.add_command(doctor)


def prices(asked: Asked) -> set[Price]:
    if asked.free:
        return {"nothing"}
    return {"nothing", "little", "more"} if asked.media else {"nothing", "little"}


def line(result: Result) -> str:
    finding = result.finding
    told = f"{finding.status:8} {result.name:18} {finding.seen}"
    return f"{told}\n{'':27} -> {finding.mend}" if finding.mend else told


def summary(results: list[Result]) -> str:
    spent = results[-1].course.spent
    counted = Counter(result.finding.status for result in results)
    told = ", ".join(f"{number} {status}" for status, number in counted.items())
    untold = f"; answers that did not tell theirs: {spent.untold}" if spent.untold else ""
    return f"\n{told}. {spent.credits:,.0f} credits were used{untold}."


def document(results: list[Result]) -> dict[str, Any]:
    """`credits` are those that were told, `untold` the answers that did not tell."""
    spent = results[-1].course.spent
    statuses = {result.finding.status for result in results}
    worst = next((each for each in ("failed", "warning") if each in statuses), "ok")
    return {
        "status": worst,
        "checks": [_check(result) for result in results],
        "credits": {"told": spent.credits, "untold": spent.untold},
    }


def _check(result: Result) -> dict[str, Any]:
    finding = result.finding
    return {
        "name": result.name,
        "status": finding.status,
        "seen": finding.seen,
        "mend": finding.mend,
        "seconds": round(result.seconds, 3),
    }


def _key() -> str:
    """Not from the command line, which others on this machine can see."""
    if key := os.environ.get(KEY, "").strip():
        return key
    if not sys.stdin.isatty():
        raise Unasked(f"--key reads {KEY}, which is not set.")
    asked: str = click.prompt(
        "A key of 1min.ai's, or of the relay's", hide_input=True, err=True
    )
    return asked.strip()


@contextmanager
def _overhearing() -> Iterator[Overheard]:
    """What parts of the relay log is told with what fails, and not beside it."""
    root, overheard = logging.getLogger(), Overheard()
    before, root.handlers = root.handlers, [overheard]
    try:
        yield overheard
    finally:
        root.handlers = before
