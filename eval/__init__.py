"""The offline benchmark: questions with known answers, put to the product's own path and scored.

`suites/` read question sets, `systems.py` lists what is compared, `run.py` asks, `judging.py` and `metrics.py` score,
`report.py` shows. `README.md` tells how to score documents and questions of your own.
"""
