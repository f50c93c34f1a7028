"""Figures of the server: how soon it is ready, how fast it answers, to how many, and what it takes meanwhile."""

import asyncio
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx2
import numpy as np

from eval.bench.asking import WARM_UP, questions
from eval.bench.processes import memory_of, milliseconds, percentiles
from qa_service.config import Settings

_STARTS = 3
_PAUSE_SECONDS = 0.01
_READY_SECONDS = 120
_LONG_SECONDS = 900


def measure_serving(settings: Settings, clients: Sequence[int], uploaded: int) -> dict[str, Any]:
    """Start the server several times; ask the last one alone, in crowds, and while it takes `uploaded` passages in."""
    starts = []
    for _ in range(_STARTS - 1):
        with _server(settings) as (_, _, ready_seconds):
            starts.append(ready_seconds)
    with _server(settings) as (address, process, ready_seconds):
        starts.append(ready_seconds)
        with httpx2.Client(base_url=address, timeout=_LONG_SECONDS) as client:
            asked = questions()
            for question in asked[:WARM_UP]:
                _ask(client, question)
            alone = [milliseconds(partial(_ask, client, question)) for question in asked[WARM_UP:]]
            steady = memory_of(process)
            crowds = [_crowd(address, asked, count) for count in clients]
            busy = _while_taking_in(client, asked, uploaded)
        return {
            "ready_seconds": float(np.median(starts)),
            **percentiles("http_ms", alone),
            "serve_mib": steady,
            **busy,
            "serve_peak_mib": memory_of(process, "VmHWM"),
            "crowds": crowds,
        }


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[str, int, float]]:
    """Give a server's address, its process and the seconds from its start until it was ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "qa_service.cli", "serve", "--data", str(settings.data), "--port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        yield address, process.pid, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/readyz").is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(_PAUSE_SECONDS)
    message = f"the server was not ready within {_READY_SECONDS} s"
    raise RuntimeError(message)


def _ask(client: httpx2.Client, question: str) -> None:
    client.post("/v1/ask", json={"question": question}).raise_for_status()


def _crowd(address: str, asked: Sequence[str], count: int) -> dict[str, float]:
    """Let `count` clients ask distinct questions, each the next as soon as it has an answer.

    A word of one's own makes a question another one, so that no vector is remembered.
    """
    distinct = iter([f"{question} {count} {number}" for number, question in enumerate(asked)])

    async def one(client: httpx2.AsyncClient, times: list[float]) -> None:
        for question in distinct:
            started = time.perf_counter()
            (await client.post("/v1/ask", json={"question": question})).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)

    async def everyone() -> list[float]:
        times: list[float] = []
        limits = httpx2.Limits(max_connections=count)
        async with httpx2.AsyncClient(base_url=address, timeout=_LONG_SECONDS, limits=limits) as client:
            await asyncio.gather(*(one(client, times) for _ in range(count)))
        return times

    started = time.perf_counter()
    times = asyncio.run(everyone())
    seconds = time.perf_counter() - started
    return {"clients": count, "questions_per_second": len(times) / seconds, **percentiles("ms", times)}


def _while_taking_in(client: httpx2.Client, asked: Sequence[str], passages: int) -> dict[str, float]:
    """Ask, and ask whether the server is alive, until a document of so many passages has been taken in."""
    chosen = random.Random(passages)
    text = "\n\n".join(" ".join(chosen.sample(list(asked), min(18, len(asked)))) for _ in range(passages))
    healthy: list[float] = []
    answered: list[float] = []
    started = time.perf_counter()
    with ThreadPoolExecutor(1) as beside:
        upload = beside.submit(_take_in, client, text)
        while not upload.done():
            healthy.append(milliseconds(lambda: client.get("/healthz").raise_for_status()))
            answered.append(milliseconds(partial(_ask, client, f"{chosen.choice(asked)} {len(answered)}")))
        upload.result()
    seconds = time.perf_counter() - started
    return {
        "upload_passages_per_second": passages / seconds,
        "health_while_ingesting_ms_max": max(healthy),
        "question_while_ingesting_ms_p50": float(np.median(answered)),
        "question_while_ingesting_ms_p95": float(np.percentile(answered, 95)),
    }


def _take_in(client: httpx2.Client, text: str) -> None:
    """Upload a text and wait until it is taken in. Raises RuntimeError where that fails."""
    response = client.post("/v1/documents", files={"file": ("many.txt", text.encode())}).raise_for_status()
    while True:
        (file,) = client.get(response.headers["Location"]).raise_for_status().json()["files"]
        if file["status"] == "added":
            return
        if file["status"] not in ("waiting", "working"):
            message = f"the upload ended as {file['status']}: {file['reason']}"
            raise RuntimeError(message)
        time.sleep(_PAUSE_SECONDS)
