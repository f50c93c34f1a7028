"""Question answering over multilingual documents, with citations exact to the character."""

__version__ = "0.1.0"
