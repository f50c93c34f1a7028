"""A run's figures as JSON: the means that people compare under `systems`, everything else under `details`."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from eval.errors import EvalError
from eval.metrics import METRICS
from eval.reading import read_json
from eval.summary import SCOPES, Comparison, Results, SystemResult, compare, mean
from qa_service.files import write_atomically

_DIGITS = 4


class _Details(BaseModel):
    questions: dict[str, dict[str, float]]


class Run(BaseModel):
    """An earlier run, as far as a later one is compared with it."""

    suite: str
    commit: str | None
    model: str
    half: str | None
    details: dict[str, _Details]


def to_json(results: Results) -> dict[str, Any]:
    """Return the figures as plain values."""
    return {
        "suite": results.suite,
        "commit": results.commit,
        "model": results.model,
        "half": results.half,
        "passages": results.passages,
        "documents": results.documents,
        "questions": results.questions,
        "systems": {system.name: _means(system) for system in results.systems},
        "comparisons": [_rounded(asdict(comparison)) for comparison in results.comparisons()],
        "details": {system.name: _details(system) for system in results.systems},
    }


def write_run(results: Results, path: Path) -> Path:
    """Write the figures to a file, or into a folder under a name that tells suite, half and commit; return where.

    Raises EvalError.
    """
    target = path / f"{file_stem(results)}.json" if path.is_dir() else path
    body = json.dumps(to_json(results), ensure_ascii=False, indent=1) + "\n"
    write_output(target, body)
    return target


def write_output(path: Path, text: str) -> None:
    """Write a file whole. Raises EvalError where that is not possible."""
    try:
        write_atomically(path, text.encode("utf-8", "replace"))
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise EvalError(reason, path) from error


def file_stem(results: Results) -> str:
    """Return `<dataset>-<sha12>`; the dataset is the suite, with its half if it has one."""
    dataset = results.suite if results.half is None else f"{results.suite}-{results.half}"
    return f"{dataset}-{(results.commit or 'no-commit')[:12]}"


def read_run(path: Path, results: Results) -> Run:
    """Return an earlier run. Raises EvalError where it is not one of the same questions."""
    run = read_json(path, Run)
    if (run.suite, run.half) != (results.suite, results.half):
        earlier, now = (f"{of.suite} ({of.half or 'whole'})" for of in (run, results))
        reason = f"is a run of {earlier}, and this is one of {now}"
        raise EvalError(reason, path)
    return run


def compare_with(run: Run, results: Results) -> Iterator[Comparison]:
    """Yield the comparisons of each system with itself in the earlier run."""
    earlier = f"{(run.commit or 'earlier run')[:7]}"
    for system in results.systems:
        if system.name in run.details:
            scores = run.details[system.name].questions
            yield from compare(system.name, system.scores, f"{system.name} of {earlier}", scores)


def _means(system: SystemResult) -> dict[str, dict[str, float | None]]:
    return {
        metric: _rounded({scope: system.mean(metric, among) for scope, among in SCOPES.items()}) for metric in METRICS
    }


def _details(system: SystemResult) -> dict[str, Any]:
    intervals = {
        metric: {scope: system.interval(metric, among) for scope, among in SCOPES.items()} for metric in METRICS
    }
    cells = {f"{asking}>{answering}": (asking, answering) for asking, answering in system.cells()}
    details: dict[str, Any] = _rounded(
        {
            "intervals": intervals,
            "cells": {name: _group(system, lambda item, cell=cell: item.cell == cell) for name, cell in cells.items()},
            "kinds": {
                kind: _group(system, lambda item, kind=kind: item.question.kind == kind) for kind in system.kinds()
            },
            "abstention": asdict(system.abstention()),
            "questions": system.scores,
        }
    )
    return details


def _group(system: SystemResult, among: Any) -> dict[str, float | None]:
    values = {metric: system.values(metric, among) for metric in METRICS}
    return {"questions": max(map(len, values.values())), **{metric: mean(found) for metric, found in values.items()}}


def _rounded(value: Any) -> Any:
    """Return the value with every number in it cut to four decimals."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
