"""What a comparison is shown as: Markdown, and the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.peers.comparing import ROUNDS, SETTING_UP, Measured, Step
from eval.peers.material import Material
from eval.peers.protocol import ENVIRONMENT
from eval.peers.scoring import LABELS, figures_of
from eval.peers.throughput import CLIENTS, ONE_THREAD

_DECIMALS = {"ndcg@10": 3, "ndcg@10_same": 3, "ndcg@10_other": 3, "recall@1": 3, "success@1": 3, "peak_mib": 0}
_BUSY = 0.1
"""Share of the machine in use by others from which on a figure is to be doubted."""


@dataclass(frozen=True, slots=True)
class Report:
    """A comparison with its circumstances. `throughput` is in questions a second, the product first."""

    about: Mapping[str, Any]
    material: Material
    measured: Sequence[Measured]
    steps: Sequence[Step]
    throughput: Mapping[str, float]


def markdown(report: Report) -> str:
    """Return circumstances, table, throughput, and what was run when."""
    return "\n".join([*_circumstances(report), "", *_table(report), "", *_throughput(report), "", *_order(report)])


def as_json(report: Report) -> dict[str, Any]:
    """Return everything the Markdown says, and every question's time and ranking."""
    material = report.material
    first, second = report.throughput.values()
    return {
        **report.about,
        "suite": material.suite,
        "passages": len(material.passages),
        "questions": [asdict(asked) for asked in material.questions],
        "systems": {
            measured.system: {
                "figures": figures_of(measured, material),
                "versions": dict(measured.versions),
                "milliseconds": measured.milliseconds,
                "rankings": measured.rankings,
            }
            for measured in report.measured
        },
        "throughput": {"clients": CLIENTS, "questions_per_second": dict(report.throughput), "ratio": first / second},
        "steps": [asdict(step) for step in report.steps],
    }


def _circumstances(report: Report) -> list[str]:
    about, material = report.about, report.material
    return [
        f"{about['machine']}; commit {(about['commit'] or 'none')[:12]}; model {about['model']}; "
        f"suite {material.suite}, {len(material.passages):,} passages, {len(material.questions):,} questions",
        "",
        *(
            f"- {measured.system}: {', '.join(f'{name} {number}' for name, number in measured.versions.items())}"
            for measured in report.measured
        ),
    ]


def _table(report: Report) -> list[str]:
    rows = [(measured.system, figures_of(measured, report.material)) for measured in report.measured]
    return [
        f"| system | {' | '.join(LABELS.values())} |",
        f"|---|{'---:|' * len(LABELS)}",
        *(f"| {name} | {' | '.join(_cell(label, figures[label]) for label in LABELS)} |" for name, figures in rows),
    ]


def _cell(label: str, value: float | None) -> str:
    return "" if value is None else f"{value:,.{_DECIMALS.get(label, 1)}f}"


def _throughput(report: Report) -> list[str]:
    (first, fast), (second, slow) = report.throughput.items()
    settings = _words(ONE_THREAD)
    return [
        f"HTTP, {CLIENTS} clients at once: {first} {fast:.1f} questions a second, {second} {slow:.1f}; "
        f"ratio {fast / slow:.2f}. {second} had {settings}.",
        "",
        f"Every system ran with {_words(ENVIRONMENT)}.",
    ]


def _words(variables: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in variables.items())


def _order(report: Report) -> list[str]:
    """Return what was run when, and whether the machine had other work."""
    set_up = [step for step in report.steps if step.what == SETTING_UP]
    times = ", ".join(f"{step.system} at {step.started:.0f} s" for step in set_up)
    asked = [step for step in report.steps if step.what.startswith("questions")]
    lines = [
        f"Loaded and taken in one after another: {times}. Questions in {ROUNDS} rounds, each begun by the next system, "
        f"at {asked[0].started:.0f} to {asked[-1].started + asked[-1].seconds:.0f} s; then the servers, in the order "
        "a, b, b, a.",
    ]
    busy = [step for step in report.steps if (step.others or 0) > _BUSY]
    if busy:
        told = ", ".join(f"{step.system} ({step.what}) {step.others:.0%}" for step in busy)
        lines += ["", f"Doubt the times: other processes used the machine just before {told}."]
    return lines
