FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

WORKDIR /app

# A fixed id, for volumes and for clusters that insist on a numeric user.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin relay \
    && install --directory --owner=relay --group=relay /app/data

ARG LOCAL_EMBEDDINGS=false
COPY requirements.txt requirements-embeddings.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --root-user-action ignore \
        -r requirements.txt
RUN if [ "$LOCAL_EMBEDDINGS" = true ]; then \
        pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: \
            --root-user-action ignore -r requirements-embeddings.txt; \
    fi

COPY app.py LICENSE ./
COPY routes ./routes
COPY utils ./utils
COPY docs/clients.md ./docs/
# Compiled now, because the running container cannot write bytecode.
RUN python -m compileall -q app.py routes utils

USER 10001:10001
VOLUME /app/data
EXPOSE 5001
STOPSIGNAL SIGTERM
# http.client, because urllib would send this through the container's HTTP_PROXY.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 5001), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["python", "app.py"]
