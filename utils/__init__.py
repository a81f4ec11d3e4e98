"""Everything below the HTTP surface.

    assembly            which parts make a relay
    web                 the Flask glue: who asks, how an answer leaves, how an error looks
    wire                what clients speak: parse their bodies, encode their answers
    onemin              what 1min.ai speaks: build its features, read its replies
    compatible          what OpenAI-compatible servers speak, also of what is passed on as it is
    local_embeddings    a small model of the relay's own
    store               what is remembered between requests
    domain              what a chat, a model, an answer *is*; plain values

None of the five between `web` and `domain` knows another, nor Flask.
Only `origin`, through `connections`, calls an upstream; `hubs` lets many wait on one thread.
"""
