"""Uploads as jobs: `table.py` keeps them, `records.py` are its values, `runner.py` takes them in beside answering."""
