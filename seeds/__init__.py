"""The sample documents. `build.py` makes those that are not text files from the Markdown in `sources/`."""
