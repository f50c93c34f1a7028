"""The command line, `qa-service`.

`app.py` gathers the commands, which stand in `asking.py`, `documents.py`, `upkeep.py` and `serving.py`; `console.py`,
`printing.py`, `progress.py` and `reports.py` are how they speak.
"""

from qa_service.cli.app import main

__all__ = ["main"]
