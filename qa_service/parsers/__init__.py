"""Parsers: from a file's bytes to its canonical text. One file a format; each runs in a child process.

`documents.py` picks the parser, `worker.py` is the child, `process.py` starts, bounds and kills it.
"""
