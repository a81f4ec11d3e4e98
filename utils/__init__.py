"""Everything below the HTTP surface.

    domain   what a chat, a model, an answer *is*; plain values
    wire     what clients speak: parse their bodies, encode their answers
    onemin   what 1min.ai speaks: build its features, read its replies
    store    what is remembered between requests
    web      the Flask glue: who asks, how an answer leaves, how an error looks

`wire`, `onemin` and `store` know `domain`; none knows another, nor Flask.
Only `origin`, through `connections`, calls an upstream.
"""
