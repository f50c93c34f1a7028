"""Backups: everything a data folder holds in one file, and back.

`archive.py` is the file, `manifest.py` what it says of itself, `tables.py` what becomes of each table; `exporting.py`
writes one, `filling.py` and `restoring.py` take one in.
"""
