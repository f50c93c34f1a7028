"""The product beside what people would otherwise use: same passages, questions and model; quality beside speed.

Every system runs in a process of its own (`worker.py`), the peers in an environment of their own (`requirements.txt`,
`make peers`). What a worker imports, `protocol.py` and one module a system, needs nothing of the project.
"""
