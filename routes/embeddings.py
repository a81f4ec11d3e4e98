"""What models make of texts beside more text: vectors, judgements, an order."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.forwarding import embeddings

bp = Blueprint("embeddings", __name__)


@bp.post("/v1/embeddings")
def create() -> Response:
    return embeddings.embedded()


@bp.post("/v1/moderations")
def moderations() -> Response:
    return embeddings.judged()


@bp.post("/v1/rerank")
def rerank() -> Response:
    return embeddings.ranked()
