"""What OpenAI-compatible servers speak. `client` talks; `upstream` is what any of them can do;
`server` is one that relay.yaml names, `servers` all of those.
"""
