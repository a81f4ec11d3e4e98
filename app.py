"""Builds the relay and serves it: `python app.py`."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, NoReturn, TypeVar

import click
from flask import Flask
from flask.cli import FlaskGroup
from werkzeug.middleware.proxy_fix import ProxyFix

from routes import ADMIN, BLUEPRINTS
from utils.assembly.examination import examine
from utils.assembly.services import connect
from utils.config import Config, ConfigError, dotenv
from utils.errors import RelayError
from utils.relay_file import RelayFile
from utils.tokens import families, vocabularies
from utils.web.admission import admission
from utils.web.http import cors, errors, log, pages, paths
from utils.web.operator import commands, openapi, readiness
from utils.web.operator.doctor import command as doctor
from utils.web.operator.doctor.env_file import unread
from utils.web.services import descriptors, metrics
from utils.web.services.services import Services
from utils.web.serving import heap, signals
from utils.web.serving.carrying import server_of
from utils.web.serving.reloading import Reloading
from utils.web.serving.serving import listener
from utils.web.serving.workers import Workers

T = TypeVar("T")

SHARED_MEMORY = Path("/dev/shm")  # what is left there by a killed relay goes with its machine


class Synchronous(Flask):
    """Flask looks at every hook of every request whether it is a coroutine. None is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config | None = None, services: Services | None = None) -> Flask:
    """Wire one relay together. Hooks run in this order, their after-hooks in the other.

    `flask` gives nothing: its commands are for the relay that would be started here. They need
    nothing of relay.yaml, and must work while that is wrong; `doctor` even while a setting is.
    """
    if config is None or services is None:
        try:
            config = Config.load()
        except ConfigError as error:
            return unstarted(error)
        services = connect(config, RelayFile())
    app = Synchronous(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_mb * 2**20
    app.url_map.merge_slashes = False  # `paths` does it, without a redirect
    services.attach(app)
    for blueprint in (*BLUEPRINTS, *(ADMIN if config.admin_token else ())):
        app.register_blueprint(blueprint)
    log.init_app(app)
    errors.init_app(app)
    cors.init_app(app, config)
    pages.init_app(app)
    admission.init_app(app)
    paths.init_app(app)
    commands.init_app(app)
    doctor.init_app(app, examine)
    readiness.init_app(app)
    openapi.init_app(app)
    if hops := config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]
    return app


def unstarted(error: ConfigError) -> Flask:
    """What `flask` finds its commands in where a setting is wrong: `doctor` works, the others
    say what it is. Exits for whoever would serve this.
    """
    context = click.get_current_context(silent=True)
    if not (context and isinstance(context.command, FlaskGroup)):
        _refuse(error)

    def opened() -> NoReturn:
        raise commands.Refused(_complaint(error))

    app = Flask(__name__, static_folder=None)
    commands.init_app(app, opened)
    doctor.init_app(app, examine)
    return app


def work(
    config: Config, file: RelayFile, place: socket.socket, folder: str, number: int
) -> None:
    """What one of several processes does, which count together in this folder."""
    metrics.share(folder, number)
    serve(config, file, place)


def serve(config: Config, file: RelayFile, place: socket.socket) -> None:
    """One process's work. Everything is made here, after the fork."""
    log.configure(config)
    vocabularies.preload()
    services = connect(config, file)
    Thread(target=_opened, args=(services,), daemon=True).start()
    app = create_app(config, services)
    if config.workers > 1:
        readiness.of(app).watch()
    server = server_of(app, config, place, services.shutdown)
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    reloading = _reloading(config, file, services, app)
    signal.signal(signal.SIGHUP, reloading.now)
    reloading.watch()
    signals.heed()
    heap.settle()
    server.run()
    services.close()


def _reloading(config: Config, file: RelayFile, services: Services, app: Flask) -> Reloading:
    def use(file: RelayFile) -> None:
        families.use(file.family_factors)
        services.following(file).attach(app)

    use(file)
    return Reloading(Path(config.config_file), file, partial(_relay_file, config), use)


def _relay_file(config: Config) -> RelayFile:
    return RelayFile.of(config, {**dotenv(), **os.environ})


def _opened(services: Services) -> None:
    """The database, which logs what is wrong; chats are answered all the same."""
    with suppress(RelayError):
        services.database.open()
        services.ledger.recover()


def greeting(config: Config, port: int) -> str:
    """What an operator wants to know first."""
    place = f"{config.nearby}:{port}"
    base = f"{place}/v1"
    key = "ONE_MIN_API_KEY" if config.allow_passthrough else "RELAY_KEY"
    return f"""\
1min.ai relay on {config.host}:{port}, talking to {config.one_min_base_url}
Base URL for clients: {base}
In a browser: {place}
Try it:
  curl {base}/chat/completions -H "Authorization: Bearer ${key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
"""


def told(read: Callable[[], T]) -> T:
    """What it returns. Exits when something is wrong, after it has said so."""
    try:
        return read()
    except (ConfigError, OSError) as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    sys.stderr.write(f"{_complaint(error)}\n")
    sys.exit(2)


def _complaint(error: Exception) -> str:
    return f"The relay cannot start. {error}"


def main() -> int:
    heap.give_back()
    config = told(Config.load)
    sys.stderr.writelines(f"{line}\n" for line in told(unread))
    file = told(partial(_relay_file, config))
    signals.hold()  # for from now on there may be callers
    place = told(partial(listener, config))
    descriptors.raise_limit()
    sys.stdout.write(greeting(config, place.getsockname()[1]))
    sys.stdout.flush()
    if config.workers == 1:
        serve(config, file, place)
    else:
        memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        with TemporaryDirectory(prefix="relay-", dir=memory) as folder:
            Workers(config.workers, partial(work, config, file, place, folder), place).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
