"""Folders that documents are kept in step with.

`records.py` is what is known of their files, `plan.py` tells what has become of them, `run.py` brings one folder in
step, `syncing.py` all of them, `watching.py` goes on; `patterns.py` says which files are left out.
"""
