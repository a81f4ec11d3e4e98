"""all-MiniLM-L6-v2, run here: for a relay without any server that embeds texts.

    word_pieces   what its texts are made of
    weights       its file
    bert          its layers
    server        domain values in, domain values out

Only who imports these needs numpy.
"""
