"""Parsers: from a file's bytes to its canonical text. One file a format; each runs in a child process.

`documents.py` picks the parser. `process.py` hands files to children; `child.py` is one of them as the service sees it,
`worker.py` from inside, `frames.py` what passes between. `confinement.py` and `kernel.py` take away what it has no use
for.
"""
