"""`flask …`: what an operator does from a shell."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from utils.domain.callers import SCOPES
from utils.domain.keys import RelayKey
from utils.domain.owner import SHORT
from utils.domain.paging import Paging
from utils.domain.usage import GROUPINGS, Forecast, Group, Report, Span
from utils.errors import RelayError
from utils.web.services.services import Services, services
from utils.wire import keys as wire
from utils.wire.keys import NewKey
from utils.wire.usage import AllUsage, encode_csv, encode_group

DAY = 86400  # seconds
PAGE = 100  # keys read at a time


class Refused(click.ClickException):
    exit_code = 2


@contextmanager
def refusing() -> Iterator[None]:
    try:
        yield
    except RelayError as error:
        raise Refused(error.message) from None


class Refusing(AppGroup):
    """An error of the relay's is one line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        with refusing():
            return super().invoke(ctx)


@click.group(cls=Refusing)
def keys() -> None:
    """Keys that the relay itself gives out."""


def init_app(app: Flask, opened: Callable[[], Services] = services) -> None:
    """`opened` is the relay for the commands. Raises Refused where there is none."""
    app.extensions["opened"] = opened
    app.cli.add_command(keys)
    app.cli.add_command(usage)


def table(rows: Iterable[Sequence[str]]) -> str:
    """In columns; the first row names them."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def relay() -> Services:
    """Closed when the command is over."""
    opened: Services = current_app.extensions["opened"]()
    click.get_current_context().call_on_close(opened.close)
    return opened


def _moment(_ctx: object, _param: object, value: str | None) -> int | None:
    """A Unix time."""
    if value is None:
        return None
    if value.isdecimal() and len(value) < 6:
        return int(time.time()) + int(value) * DAY
    try:
        return int(datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise click.BadParameter(
            "must be a number of days, or a date like 2030-01-31"
        ) from None


_COUNT = click.IntRange(min=0)
_LIMIT = "{}; 0: no limit; without it: RATE_LIMIT_{}"
_GRANT: list[Callable[[Any], Any]] = [
    click.option("--name", required=True, help="whose key it is, or what for"),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        type=click.Choice(sorted(SCOPES)),
        help="what it may do, repeatable; without any: everything",
    ),
    click.option(
        "--model",
        "models",
        multiple=True,
        help="models it may use, as a pattern like 'gpt-*', repeatable; without any: all",
    ),
    click.option(
        "--expires",
        "expires_at",
        callback=_moment,
        help="days from now, or the first day in UTC that refuses it",
    ),
    click.option("--requests", type=_COUNT, help=_LIMIT.format("a minute", "REQUESTS")),
    click.option("--tokens", type=_COUNT, help=_LIMIT.format("a minute", "TOKENS")),
    click.option(
        "--concurrency", type=_COUNT, help=_LIMIT.format("calls at once", "CONCURRENCY")
    ),
    click.option("--monthly-tokens", type=_COUNT, help="budget of a calendar month in UTC"),
    click.option("--monthly-credits", type=float, help="budget of a calendar month in UTC"),
]


def _grant(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_GRANT):
        command = option(command)
    return command


@keys.command()
@_grant
def create(**told: Any) -> None:
    """Make a key. Its secret, which is shown only now, goes to standard output."""
    given = {name: value for name, value in told.items() if value not in (None, ())}
    asked = NewKey.parse(json.dumps(given).encode())
    made = relay().keys.create(asked.name, asked.to_grant(), asked.expires_at)
    _show_secret(*made)


@keys.command("list")
def list_() -> None:
    """All keys, the newest first."""
    head = ("ID", "NAME", "CALLER", "STATE", "CREATED", "EXPIRES", "SCOPES", "MODELS")
    click.echo(table([head, *map(_line, _all(relay()))]))


@keys.command()
@click.argument("id")
def show(id: str) -> None:
    """One key, and what it may do."""
    shown = wire.encode(relay().keys.find(id), time.time())
    for name, value in shown.items():
        click.echo(f"{name.removesuffix('_at'):16} {_told(name, value)}")


@keys.command()
@click.argument("id")
def revoke(id: str) -> None:
    """End a key for good, within seconds, in every process."""
    key = relay().keys.revoke(id)
    click.echo(f"{key.id} ({key.name}) is revoked.")


@keys.command()
@click.argument("id")
def rotate(id: str) -> None:
    """Give a key another secret. The one before ends within seconds."""
    _show_secret(*relay().keys.rotate(id))


def _show_secret(key: RelayKey, secret: str) -> None:
    click.echo(f"{key.id} ({key.name}); its secret is not shown again:", err=True)
    click.echo(secret)


def _all(relay: Services) -> Iterator[RelayKey]:
    wanted, more = Paging(limit=PAGE), True
    while more:
        found, more = relay.keys.page(wanted)
        yield from found
        wanted = replace(wanted, after=found[-1].id if found else "")


def _line(key: RelayKey) -> tuple[str, ...]:
    scopes = "all" if key.grant.scopes == SCOPES else " ".join(sorted(key.grant.scopes))
    state = key.state(time.time())
    dates = _told("created_at", key.created), _told("expires_at", key.expires)
    caller = key.owner[:SHORT]
    return (
        key.id,
        key.name,
        caller,
        state,
        *dates,
        scopes,
        " ".join(key.grant.models) or "all",
    )


def _told(name: str, value: Any) -> str:
    if value is None or value == ():
        return "-"
    if name.endswith("_at"):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


@click.command()
@click.option("--start", help="a date like 2026-11-01; without it, 30 days before the end")
@click.option("--end", help="the first day that is not asked for; without it, now")
@click.option("--group-by", type=click.Choice(GROUPINGS), help="by itself: day")
@click.option("--model", help="only calls of this model")
@click.option("--endpoint", help="only calls of this endpoint, like /v1/messages")
@click.option("--key", help="only calls with the key of this id")
@click.option("--limit", type=int, help="of lines; by itself: 100")
@click.option("--csv", "as_csv", is_flag=True, help="for a spreadsheet, without the total")
@with_appcontext
@refusing()
def usage(as_csv: bool, **told: Any) -> None:
    """What everybody's calls came to. /admin/usage tells the same."""
    asked = AllUsage.parse(
        json.dumps({k: v for k, v in told.items() if v is not None}).encode()
    )
    span = asked.to_span(time.time())
    reports = relay().usage
    report = reports.report(span)
    if as_csv:
        click.echo(encode_csv(span, report), nl=False)
    else:
        click.echo(table(_columns(span, report)))
        click.echo(_foretold(reports.forecast()))
    if report.has_more:
        click.echo("There are more; --limit tells how many are shown.", err=True)


def _columns(span: Span, report: Report) -> Iterator[list[str]]:
    """What fits into a window: how calls went is for a spreadsheet."""
    groups = (
        encode_group(span, group) for group in (*report.groups, Group("total", report.total))
    )
    lines = [
        {name: value for name, value in group.items() if name not in ("failures", "latency")}
        for group in groups
    ]
    yield [name.replace("_", " ").upper() for name in lines[0]]
    for line in lines:
        yield [_short(name, value) for name, value in line.items()]


def _short(name: str, value: object) -> str:
    return str(value)[:SHORT] if name == "owner" else str(value)


def _foretold(told: Forecast) -> str:
    return (
        f"{told.month.name}: {told.month.sums.credits:.15g} credits so far, and "
        f"{told.credits:.0f} by its end if it goes on like the last week."
    )
