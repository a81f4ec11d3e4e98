"""What the relay is measured beside: nginx as a plain proxy, and other gateways.

Each is one process, set up as its own documentation advises for production, without logs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from bench.dialects import KEY, MODEL, Dialect, OneMin, OpenAI
from bench.processes import HOST, Command, free_port, running
from bench.targets import CATALOG, Settings, Target, environ

NGINX, LITELLM, PORTKEY, MLFLOW = "nginx", "litellm", "portkey", "mlflow"
OPENAI_PATH = "/openai/v1"

NGINX_CONF = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_body_buffer_size 1m;
    keepalive_requests 1000000;
    upstream there {{
        server {host};
        keepalive 4096;
        keepalive_requests 1000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://there;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 900;
        }}
    }}
}}
"""
LITELLM_CONF = """\
model_list:
  - model_name: {model}
    litellm_params: {{model: openai/{model}, api_base: "{upstream}", api_key: {key}}}
general_settings: {{master_key: {key}}}
litellm_settings: {{request_timeout: 600}}
"""
MLFLOW_CONF = """\
endpoints:
  - name: {model}
    endpoint_type: llm/v1/chat
    model:
      provider: openai
      name: {model}
      config: {{openai_api_key: {key}, openai_api_base: "{upstream}"}}
"""

# A folder of its own, where it is installed, and its upstream: how it is started, spoken to.
Build = Callable[[Path, Path, str], tuple[Command, Dialect]]


@contextmanager
def other(
    name: str, folder: Path, gateways: Path, upstream: str, settings: Settings
) -> Iterator[Target]:
    """nginx is not looked for among the gateways."""
    place = Path(mkdtemp(prefix=f"{name}-", dir=folder))
    command, dialect = BUILDS[name](place, gateways / name, upstream)
    command = replace(command, environ={**command.environ, **settings})
    another = partial(other, name, folder, gateways, upstream)
    with running(command, folder) as pid:
        yield Target(name, (HOST, command.port), pid, dialect, another)


def nginx_program() -> str | None:
    """Debian does not have it on everybody's path."""
    return shutil.which(NGINX) or shutil.which(NGINX, path="/usr/sbin:/usr/local/sbin")


def _nginx(place: Path, installed: Path, upstream: str) -> tuple[Command, Dialect]:
    port, config = free_port(), place / "nginx.conf"
    config.write_text(NGINX_CONF.format(host=upstream.removeprefix("http://"), port=port))
    words = (nginx_program() or NGINX, "-p", str(place), "-c", str(config), "-e", "stderr")
    return Command(NGINX, words, environ(), port, CATALOG), OneMin()


def _litellm(place: Path, installed: Path, upstream: str) -> tuple[Command, Dialect]:
    port, config = free_port(), _configured(place, LITELLM_CONF, upstream)
    words = (
        *(str(installed / "bin" / "litellm"), "--config", config),
        *("--host", HOST, "--port", str(port), "--num_workers", "1"),
    )
    told = environ(
        HOME=str(place),
        LITELLM_MODE="PRODUCTION",
        LITELLM_LOG="ERROR",
        LITELLM_LOCAL_MODEL_COST_MAP="True",  # or its start waits for the network
    )
    return Command(LITELLM, words, told, port, "/health/liveliness"), OpenAI()


def _portkey(place: Path, installed: Path, upstream: str) -> tuple[Command, Dialect]:
    """Each call tells it where to go. It cannot be kept from listening everywhere."""
    port = free_port()
    program = installed / "node_modules" / "@portkey-ai" / "gateway" / "build/start-server.js"
    words = ("node", str(program), "--headless", f"--port={port}")
    custom_host = f"x-portkey-custom-host: {upstream}{OPENAI_PATH}"
    dialect = OpenAI(("x-portkey-provider: openai", custom_host))
    return Command(PORTKEY, words, environ(NODE_ENV="production"), port, "/"), dialect


def _mlflow(place: Path, installed: Path, upstream: str) -> tuple[Command, Dialect]:
    port, config = free_port(), _configured(place, MLFLOW_CONF, upstream)
    words = (
        *(str(installed / "bin" / "mlflow"), "gateway", "start", "--config-path", config),
        *("--host", HOST, "--port", str(port), "--workers", "1"),
    )
    told = environ(HOME=str(place), DO_NOT_TRACK="true")
    return Command(MLFLOW, words, told, port, "/health"), OpenAI()


def _configured(place: Path, text: str, upstream: str) -> str:
    config = place / "config.yaml"
    config.write_text(text.format(model=MODEL, key=KEY, upstream=upstream + OPENAI_PATH))
    return str(config)


BUILDS: dict[str, Build] = {
    NGINX: _nginx,
    LITELLM: _litellm,
    PORTKEY: _portkey,
    MLFLOW: _mlflow,
}
