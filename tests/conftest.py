"""What tests share. Tests of logic use the hashing encoder; tests marked `model` use the real one."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from hypothesis import settings as hypothesis_settings

from embeddings import Encoder, load_encoder
from qa_service.assembly import build_service
from qa_service.config import Settings, load_settings
from qa_service.service import QAService

hypothesis_settings.register_profile("loaded machine", deadline=None)  # correctness is tested here, not speed
hypothesis_settings.load_profile("loaded machine")

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds" / "documents"
SHARED = ROOT.parent / "shared"
STARTUP_SECONDS = 180

RunCli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of tests; the model cache is shared, since building it takes time."""
    for name in list(os.environ):
        if name.startswith("QA_") and name != "QA_MODEL_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings on an empty data folder, with the encoder that needs no weights."""
    return load_settings(data=tmp_path / "data", model="hashing")


@pytest.fixture
def service(settings: Settings) -> Iterator[QAService]:
    """A service on an empty data folder."""
    built = build_service(settings)
    yield built
    built.close()


@pytest.fixture(scope="session")
def hashing_encoder() -> Encoder:
    return load_encoder("hashing")


@pytest.fixture(scope="session")
def bundled_encoder() -> Encoder:
    """The real model as it runs by default, built on first use."""
    return load_encoder(cache_folder=model_cache())


@pytest.fixture(scope="session")
def reference_encoder() -> Encoder:
    """The real model through sentence-transformers."""
    return load_encoder(cache_folder=model_cache(), runtime="sentence-transformers")


def model_cache() -> Path | None:
    """Where models are kept: tests share the developer's, since building one takes time."""
    cache = os.environ.get("QA_MODEL_CACHE")
    return Path(cache) if cache else None


@pytest.fixture
def run_cli(tmp_path: Path) -> RunCli:
    """Run `qa-service` as a process of its own on `tmp_path/data`; keyword arguments are environment variables."""

    def run(*arguments: str | Path, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = os.environ | {"QA_DATA": str(tmp_path / "data"), "QA_MODEL": "hashing"} | environment
        command = [sys.executable, "-m", "qa_service.cli", *map(str, arguments)]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=timeout, check=False)

    return run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(data: Path, *arguments: str | Path, **environment: str) -> Iterator[str]:
    """Serve a data folder in a process of its own; give its address once it is ready, and end it afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "qa_service.cli", "serve", "--data", str(data), "--port", str(port)]
    variables = os.environ | environment
    log_path = data.parent / f"{data.name}-server-{port}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen([*command, *map(str, arguments)], env=variables, stdout=log, stderr=log)
    try:
        _wait_until_ready(address, process, log_path)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx2.get(f"{address}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        time.sleep(0.1)
    pytest.fail(f"the server did not become ready; its log:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def hashing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the sample documents, with the encoder that needs no weights. Only read from it."""
    data = tmp_path_factory.mktemp("hashing-server") / "data"
    with running_server(data, "--ingest", SEEDS, QA_MODEL="hashing") as address:
        yield address


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over nine sample documents, three a language, with the real model. Only read from it."""
    data = tmp_path_factory.mktemp("model-server") / "data"
    chosen = [path for language in ("ru", "be", "en") for path in sorted((SEEDS / language).iterdir())[:3]]
    arguments = [argument for path in chosen for argument in ("--ingest", path)]
    with running_server(data, *arguments) as address:
        yield address


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no data sets at {SHARED.name}/ beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def shared_documents(shared: Path) -> list[str]:
    """Real texts as they are found: page headers, footnotes, lists of literature."""
    return [path.read_text(encoding="utf-8") for path in sorted((shared / "documents").glob("*.txt"))]
