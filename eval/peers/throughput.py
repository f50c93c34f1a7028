"""Questions a second over HTTP: the product as it is served, and a peer behind the same web framework."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx2

from eval.errors import EvalError
from eval.peers.comparing import TOP_K, Clock, System, set_up_message
from eval.peers.material import Material
from eval.peers.process import serving
from eval.peers.protocol import Model

CLIENTS = 16
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""What a served peer is given: with as many clients as this, one thread a question served most questions (28 a second
against 24 with PyTorch's own choice of threads, and 26 with its own way of waiting too, on 2 cores)."""

_ROUNDS = 2
_SECONDS = 120
"""Longest time that one answer may take."""


def measure_throughput(
    product: System, peer: System, material: Material, model: Model, folder: Path, clock: Clock
) -> dict[str, float]:
    """Return questions a second by the systems' names, over distinct questions from `CLIENTS` clients at once.

    Both servers are up throughout, and have their turns in the order a, b, b, a. The product is served from the data
    folder that its worker left in `folder`. Raises EvalError.
    """
    own = folder / "served"
    own.mkdir()
    setup = folder / "served.json"
    setup.write_text(json.dumps(set_up_message(material, model, own)), encoding="utf-8")
    data = str(folder / product.name / "data")
    questions = [asked.text for asked in material.questions]
    arguments = {
        product.name: (Path(sys.executable), ["-m", "qa_service.cli", "serve", "--data", data], {}),
        peer.name: (peer.python, ["-m", "eval.peers.serving", peer.module, str(setup)], ONE_THREAD),
    }
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(serving(python, told, folder / f"served-{name}.log", variables))
            for name, (python, told, variables) in arguments.items()
        }
        return _in_turns(addresses, questions, material.warm_up, clock)


def _in_turns(
    addresses: Mapping[str, str], questions: Sequence[str], warm_up: Sequence[str], clock: Clock
) -> dict[str, float]:
    seconds = dict.fromkeys(addresses, 0.0)
    for number in range(_ROUNDS):
        for name in list(addresses)[:: 1 if number % 2 == 0 else -1]:
            _ask_all(addresses[name], warm_up)
            asking = partial(_ask_all, addresses[name], questions)
            clock.timed(name, f"{CLIENTS} clients, round {number + 1}", asking)
            seconds[name] += clock.steps[-1].seconds
    return {name: len(questions) * _ROUNDS / taken for name, taken in seconds.items()}


def _ask_all(address: str, questions: Sequence[str]) -> None:
    with ThreadPoolExecutor(1) as apart:  # a thread of its own has no event loop yet, whoever calls
        apart.submit(asyncio.run, _all_asked(address, questions)).result()


async def _all_asked(address: str, questions: Sequence[str]) -> None:
    """Ask every question once; each client asks its next when it has its answer."""
    left = iter(questions)
    async with httpx2.AsyncClient(base_url=address, timeout=_SECONDS, trust_env=False) as client:
        await asyncio.gather(*(_client(client, left) for _ in range(CLIENTS)))


async def _client(client: httpx2.AsyncClient, left: Iterator[str]) -> None:
    for question in left:
        response = await client.post("/v1/search", json={"question": question, "top_k": TOP_K})
        if response.status_code != httpx2.codes.OK:
            reason = f"a server answered {response.status_code} to {question!r}: {response.text[:500]}"
            raise EvalError(reason)
