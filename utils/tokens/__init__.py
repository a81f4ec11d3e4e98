"""How many tokens a text is, without the network and without Flask.

    counts        what a text or a chat counts for a model
    families      which vocabulary a model counts with, and how near that comes
    vocabularies  rank files of our own (`data/`), loaded once for tiktoken

tiktoken would fetch its tables at first use, without a timeout; so nothing here calls its
`get_encoding`.
"""
