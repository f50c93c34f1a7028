"""Models on the command line: which there are, and exporting one so that it runs fast."""

from typing import Annotated

import typer
from rich.table import Table

from embeddings import CARDS, DEFAULT_MODEL
from qa_service.assembly import export_model
from qa_service.cli import console
from qa_service.cli.options import read_settings
from qa_service.cli.progress import progress_bars

app = typer.Typer(help="Show the known models, or export one.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_models() -> None:
    """Show the known models; any other sentence-transformers model works by its folder or name."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "dimension", "longest input", "licence", "from"):
        table.add_column(column, justify="right" if column in ("dimension", "longest input") else "left")
    for card in CARDS:
        mark = " (default)" if card.name == DEFAULT_MODEL else ""
        table.add_row(card.name + mark, str(card.dimension), f"{card.max_tokens} tokens", card.licence, card.source)
    console.out.print(table)


@app.command()
def export(
    name: Annotated[str | None, typer.Argument(help="A model's name or folder; QA_MODEL where none is given.")] = None,
) -> None:
    """Export a model to ONNX in 8-bit integers, so that it starts in a second and runs twice as fast.

    From then on the service runs it so. Its vectors are other ones: documents that were embedded before need
    `qa-service rebuild`. The default model is exported by itself.
    """
    settings = read_settings(**({} if name is None else {"model": name}))
    with progress_bars() as (on_build, _):
        folder = export_model(settings, on_build)
    console.out.print(f"exported to {folder}", soft_wrap=True)
