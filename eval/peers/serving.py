"""A peer behind the product's own web framework. `python -m eval.peers.serving MODULE SETUP_FILE --port PORT`.

The file holds what `worker.py` is told first. `POST /v1/search` answers as much as is needed to show passages.
"""

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from eval.peers.protocol import Model, Peer, PeerModule


class SearchRequest(BaseModel):
    """A question, and how many passages are wanted."""

    question: str
    top_k: int = 10


class Found(BaseModel):
    """A passage by its number, with its text."""

    number: int
    text: str


def build_app(peer: Peer, passages: Sequence[str]) -> FastAPI:
    """Return the app over a peer that has taken the passages in."""
    app = FastAPI()

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/v1/search")
    def search(request: SearchRequest) -> list[Found]:
        numbers = peer.search(request.question, request.top_k)
        return [Found(number=number, text=passages[number]) for number in numbers]

    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Load, take in and serve on loopback until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m eval.peers.serving", description=__doc__.split("\n")[0])
    parser.add_argument("module")
    parser.add_argument("setup", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args(arguments)
    told = json.loads(given.setup.read_text(encoding="utf-8"))
    peer = cast(PeerModule, import_module(given.module)).load(Model(**told["model"]), told["folder"])
    peer.take_in(told["passages"])
    uvicorn.run(build_app(peer, told["passages"]), port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
