"""How fast the service is, how much memory it takes, and how both grow with the collection, on this machine.

`python -m eval.bench`. Every figure comes from a process of its own. The documents are the sample collection, the
questions the development half of those about it.
"""
