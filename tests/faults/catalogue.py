"""The faults and attacks that the relay survives, by the numbers of the project's catalogue.

Failover Bench is S01 to S16 of github.com/failoverbench/failoverbench, here 1 to 16.
"""

from __future__ import annotations

FAULTS = {
    # Upstream: Failover Bench
    1: "429 with Retry-After: 2, once",
    2: "429 without end",
    3: "500, once",
    4: "503 without end",
    5: "TCP reset before the head",
    6: "no answer at all",
    7: "the first word after 20 s",
    8: "a stream cut after 40 of 60 words",
    9: "a stream that stands still for 30 s",
    10: "an event that cannot be read",
    11: "no [DONE]",
    12: "context_length_exceeded",
    13: "a content filter",
    14: "a fallback that refuses",
    15: "a model that comes and goes",
    16: "the bill after a fallback",
    # Upstream: ours
    17: "a page of HTML with 502",
    18: "JSON that stops half-way, with 200",
    19: "null, a list, a number, nothing, with 200",
    20: "an error in a 200",
    21: "a redirect to another host",
    22: "a body without end",
    23: "a bomb of gzip",
    24: "a byte each second",
    25: "events cut at every byte",
    26: "events that end in CRLF and CR",
    27: "comments and event lines",
    28: "data without a space, on several lines",
    29: "usage twice, null, or not at all",
    30: "a tool's arguments in 30 pieces, two calls at once, all at the end",
    31: "a header with a line end, or of 64 KB",
    32: "the wrong Content-Type",
    33: "a body shorter or longer than it said",
    34: "a kept connection that closes as it is used",
    35: "DNS, TLS and certificates that fail",
    36: "one call in a hundred hangs",
    # Clients
    37: "leaves before the first byte of JSON",
    38: "leaves before the first word of a stream",
    39: "leaves amid a stream",
    40: "half-closes after its request",
    41: "reads a byte each second",
    42: "1,000 connections opened and reset",
    43: "a slow head",
    44: "a slow body",
    45: "a connection that says nothing",
    46: "a flood of connections",
    47: "requests in a row, the second malformed",
    48: "Expect: 100-continue",
    49: "a head of 10 kB and of 100 kB",
    50: "10,000 headers",
    51: "a body over the limit: counted, chunked, packed",
    52: "a body that is no object of JSON, or a strange one",
    53: "no model, no messages",
    54: "unknown routes and methods",
    55: "paths in every spelling",
    # Smuggling and parsing
    56: "Content-Length and Transfer-Encoding",
    57: "two Content-Lengths",
    58: "transfer codings that are none",
    59: "lengths that are no number",
    60: "bare LF, folded lines, a space before the colon, NUL",
    61: "Host missing, doubled, or no host",
    62: "X_Forwarded_For, and X-Forwarded-For from anybody",
    63: "absolute form and CONNECT",
    # Addresses that a caller names
    64: "addresses inside, in every spelling",
    65: "names and schemes that hide one",
    66: "public names that lead inside, and rebinding",
    67: "redirects inside",
    68: "ports of other services",
    69: "answers too large, too slow, of the wrong type",
    70: "the key at another origin",
    # Files and paths
    71: "file names that are paths",
    72: "somebody else's file",
    73: "a symbolic link in the store",
    74: "bombs of zip and of pixels, and false types",
    75: "multipart that is none",
    # Keys and secrets
    76: "every route, every kind of caller",
    77: "keys that are unknown, malformed, revoked",
    78: "a flood of random keys",
    79: "SQL and LIKE in every parameter",
    80: "secrets in logs, metrics, errors, the ledger",
    81: "an upstream error that quotes the key",
    82: "headers that must not pass",
    83: "an empty or well-known admin secret",
    84: "50 calls at once on a budget for 5",
    85: "one secret for several purposes",
    86: "headers and hostile strings in pages",
    # CORS
    87: "origins that are null, evil, or nearly right",
    88: "* with credentials, private networks",
    89: "CORS on admin routes",
    90: "a preflight without a key",
    # Dependencies
    91: "memcached absent, killed, paused, restarted, slow, mad, full",
    92: "a database locked, read-only, corrupt, deleted, growing",
    93: "a full disk",
    94: "no descriptors left",
    95: "a clock that jumps",
    96: "a broken relay.yaml on reload",
    97: "64 bodies of 20 MB at once",
    # Life
    98: "SIGTERM with 50 streams under way",
    99: "SIGKILL and a new start",
    100: "a reload under load",
    101: "hours of mixed load",
    102: "a prompt of 100k tokens beside small streams",
    103: "one model's failures beside the others",
    104: "half of all calls fail",
    105: "parsers and converters, fuzzed",
}

UNTESTED = {101}

# Why those, or parts of others, have no test.
EXCUSED: dict[int, str] = {
    3: "The same model is asked again only where its operator says that it is free: who "
    "answers 500 may have billed the work. Elsewhere another one is, if it is configured.",
    5: "As 3: whether a request was read before the reset, nobody knows.",
    10: "Where a back-end's bytes pass as they are, an event that cannot be read passes too.",
    40: "no answer: whoever ends its half has left, and is closed within a second (line 37). "
    "Until something is written, a client that is gone looks the same, and would go on to be "
    "charged; behind some firewalls even then. nginx, Go and Pingora judge alike",
    52: "of two equal names the last counts, as in every library, where nobody reads the body "
    "after the relay; NaN and the like are refused where they are used, in fields that nobody "
    "knows they are ignored",
    53: "no model is no mistake: DEFAULT_CHAT_MODEL answers",
    58: "spaces around `chunked` mean nothing (RFC 9110, 5.5): it is read as chunks",
    64: "Webhooks, web fetches and a base URL in a form: the relay has none of these.",
    78: "A millisecond each: time is weather. That neither 1min.ai nor the database is asked "
    "once an address has used up what it may is shown in its place.",
    85: "The relay derives no key from another; that each secret opens one thing is shown.",
    91: "A Memcached that takes 50 to 300 ms for each answer adds them: a busy relay cannot "
    "tell that from being late itself, and to count alone for it would let too much through.",
    92: "A file of SQLite's that may only be read ends as a full disk does (93): root "
    "may write it all the same.",
    93: "An upload is a 503 that may be tried again: clients of OpenAI's know no 507.",
    95: "What is KEEP_USAGE_DAYS old by the clock there is goes from the ledger.",
    101: "Half an hour of it, not 24: `python -m bench.soak`, bench/results/soak.md.",
}
