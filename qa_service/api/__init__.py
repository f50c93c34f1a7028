"""The HTTP side: `app.py` makes the application; routes stand by resource; `wire.py` holds what goes over the wire."""
