"""With the default model nothing ever tries to leave the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
attempts = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        attempts.append((event, repr(arguments)))
        raise OSError(f"no network: {event}")

sys.addaudithook(watch)
from pathlib import Path
from qa_service.assembly import build_service
from qa_service.config import load_settings

data, source = map(Path, sys.argv[1:])
service = build_service(load_settings(data=data))
report = service.ingest_paths([source])
assert report.count("added") == 1, report
result = service.ask("Сколько весил груз?")
assert result.answer is not None
service.close()
assert attempts == [], attempts
print(result.answer.text)
"""


@pytest.mark.model
def test_ingest_and_ask_try_no_connection(tmp_path: Path) -> None:
    source = tmp_path / "truck.md"
    source.write_text("# Самосвал\n\nОн поднял груз массой 503,5 тонны.", encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "503,5" in done.stdout
