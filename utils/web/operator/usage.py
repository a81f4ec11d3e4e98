"""What calls came to, for whoever made them and for the relay's operator."""

from __future__ import annotations

import time

from flask import Response, request

from utils.web.admission.access import caller
from utils.web.http.reply import json_response
from utils.web.services.services import services
from utils.wire import usage as wire
from utils.wire.usage import AllUsage, OwnUsage


def own() -> Response:
    who, reports = caller(), services().usage
    asked = OwnUsage.read(request.args.to_dict(flat=False))
    span = asked.to_span(time.time(), who.owner)
    told = wire.encode(span, reports.report(span))
    month = wire.encode_month(reports.month(who.owner), who.grant)
    return json_response(told | {"month": month})


def everybodys() -> Response:
    reports = services().usage
    span = AllUsage.read(request.args.to_dict(flat=False)).to_span(time.time())
    told = wire.encode(span, reports.report(span))
    return json_response(told | {"forecast": wire.encode_forecast(reports.forecast())})
