"""Builds the relay and serves it: `python app.py`."""

from __future__ import annotations

import signal
import socket
import sys
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from routes import BLUEPRINTS
from utils.config import Config, ConfigError
from utils.domain.catalog import Permission
from utils.domain.chat import WebSearch
from utils.onemin import models
from utils.onemin.client import Client
from utils.onemin.upstream import OneMin
from utils.origin import Origin, Timeouts
from utils.store.catalog import CatalogCache
from utils.store.shared import Memcached, Nothing, Shared
from utils.tokens import vocabularies
from utils.web import cors, errors, limits, log, paths
from utils.web.services import Services
from utils.web.serving import Server, listener, raise_file_limit
from utils.web.shutdown import Shutdown
from utils.web.workers import Workers


def create_app(config: Config, services: Services) -> Flask:
    """Wire one relay together. Hooks run in this order, their after-hooks in the other."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_mb * 2**20
    app.url_map.merge_slashes = False  # `paths` does it, without a redirect
    services.attach(app)
    log.init_app(app)
    cors.init_app(app, config)
    limits.init_app(app, config)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    paths.init_app(app)
    if hops := config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]
    return app


def connect(config: Config) -> Services:
    """Open everything the relay talks to. Nothing is called before the first request."""
    upstream, shared = _onemin(config), _shared(config)
    return Services(
        config=config,
        upstream=upstream,
        shared=shared,
        catalog=CatalogCache(
            fetch=upstream.models,
            snapshot=models.snapshot,
            shared=shared,
            folder=Path(config.data_dir),
            name=config.one_min_base_url,
        ),
        permission=Permission(
            frozenset(config.subset_of_one_min_permitted_models),
            config.permit_models_from_subset_only,
        ),
        seats=BoundedSemaphore(config.threads),
        shutdown=Shutdown(),
    )


def _onemin(config: Config) -> OneMin:
    origin = partial(Origin, config.one_min_base_url, name="1min.ai")
    patient = Timeouts(
        connect=config.connect_timeout,
        first_byte=config.first_byte_timeout,
        idle=config.idle_timeout,
        total=config.total_timeout,
    )
    quick = Timeouts(connect=config.connect_timeout, first_byte=5, idle=5, total=5)
    client = Client(
        origin(timeouts=patient, size=config.threads),
        origin(timeouts=quick, size=len(models.FEATURES)),
    )
    return OneMin(client, WebSearch(config.web_search_num_of_site, config.web_search_max_word))


def _shared(config: Config) -> Shared:
    if not config.memcached_host:
        return Nothing()
    return Memcached(config.memcached_host, config.memcached_port, config.threads)


def serve(config: Config, place: socket.socket) -> None:
    """One process's work. Everything is made here, after the fork."""
    log.configure(config)
    vocabularies.preload()
    services = connect(config)
    server = Server(create_app(config, services), config, place, services.shutdown)
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.run()
    services.close()


def greeting(config: Config, port: int) -> str:
    """What an operator wants to know first."""
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::") else config.host
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
    return f"""\
1min.ai relay on {config.host}:{port}, talking to {config.one_min_base_url}
Base URL for clients: {base}
Try it:
  curl {base}/chat/completions -H "Authorization: Bearer $ONE_MIN_API_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
"""


def main() -> int:
    try:
        config = Config.load()
        place = listener(config)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"The relay cannot start. {error}\n")
        return 2
    raise_file_limit()
    sys.stdout.write(greeting(config, place.getsockname()[1]))
    sys.stdout.flush()
    if config.workers == 1:
        serve(config, place)
    else:
        Workers(config.workers, partial(serve, config, place)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
