"""What calls came to, for whoever made them and for the relay's operator."""

from __future__ import annotations

import time

from flask import Response, request

from utils.web.admission.access import caller
from utils.web.http.reply import json_response
from utils.web.http.request import preferred
from utils.web.services.services import services
from utils.wire import recent_calls, usage
from utils.wire.recent_calls import Listing
from utils.wire.spreadsheet import CSV
from utils.wire.usage import AllUsage, OwnUsage

JSON = "application/json"


def own() -> Response:
    who, reports = caller(), services().usage
    asked = OwnUsage.read(request.args.to_dict(flat=False))
    span = asked.to_span(time.time(), who.owner)
    told = usage.encode(span, reports.report(span))
    month = usage.encode_month(reports.month(who.owner), who.grant)
    return json_response(told | {"month": month})


def everybodys() -> Response:
    reports = services().usage
    asked = AllUsage.read(request.args.to_dict(flat=False))
    span = asked.to_span(time.time())
    report = reports.report(span)
    if _wants_csv(asked.format):
        return _download("usage", usage.encode_csv(span, report), report.has_more)
    told = usage.encode(span, report)
    return json_response(told | {"forecast": usage.encode_forecast(reports.forecast())})


def calls() -> Response:
    asked = Listing.read(request.args.to_dict(flat=False))
    found = services().recent_calls.page(asked.to_wanted())
    if _wants_csv(asked.format):
        return _download("calls", recent_calls.encode_csv(found), found.has_more)
    return json_response(recent_calls.encode(found))


def _wants_csv(format: str) -> bool:
    """What the URL says counts more than a header, which browsers choose."""
    if format:
        return format == "csv"
    return preferred(JSON, CSV) == CSV


def _download(name: str, table: str, has_more: bool) -> Response:
    response = Response(table, mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["x-relay-has-more"] = str(has_more).lower()
    return response
