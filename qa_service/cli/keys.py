"""Site keys on the command line: making, listing, revoking."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.cli import console
from qa_service.cli.console import visible
from qa_service.cli.options import AsJson, Data, opened_store
from qa_service.cli.reports import KeyBody, KeyList
from qa_service.errors import InvalidRequestError
from qa_service.sites.keys import USUAL_RATE, SiteKey, SiteKeys
from qa_service.sites.rates import Rate

_HELP = """Make, list or revoke the keys with which pages of other sites may ask.

A change counts at once, in a running server too. The keys are published in those pages, so they are no secret: what
one lets a page do is bound to the origins it is for.
"""

app = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    origin: Annotated[
        list[str],
        typer.Option(
            metavar="ORIGIN",
            help="Site whose pages may use it: https://example.org, https://*.example.org; may be repeated.",
        ),
    ],
    name: Annotated[str, typer.Option(help="What you call the site.")],
    rate: Annotated[
        str, typer.Option(metavar="RATE", help="How often each visitor may ask: a number, /, and a unit of time.")
    ] = str(USUAL_RATE),
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for the pages of one or more origins."""
    try:
        parsed = Rate.parse(rate)
    except ValueError as error:
        message = f"--rate {error}"
        raise InvalidRequestError(message) from error
    with opened_store(data) as store:
        key = SiteKeys(store.database).create(name, origin, parsed)
    if as_json:
        console.print_json(KeyBody.of(key))
        return
    console.out.print(key.key)
    console.err.print(f"for {', '.join(key.origins)}, {key.rate} for each visitor; it may stand in the source of pages")


@app.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """List the keys, those that were revoked among them."""
    with opened_store(data) as store:
        found = SiteKeys(store.database).all()
    if as_json:
        console.print_json(KeyList(keys=[KeyBody.of(key) for key in found]))
    elif found:
        console.out.print(_table(found))
    else:
        console.err.print("there are no site keys; `qa-service keys create` makes one")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key, as `keys list` shows it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take a key back, for good: pages that use it can no longer ask."""
    with opened_store(data) as store:
        revoked = SiteKeys(store.database).revoke(key)
    if as_json:
        console.print_json(KeyBody.of(revoked))
    else:
        console.out.print(f"revoked {revoked.key}, {visible(revoked.name)}")


def _table(keys: list[SiteKey]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("key", "name", "origins", "rate", "created", "revoked"):
        table.add_column(column, overflow="fold")
    for key in keys:
        table.add_row(
            key.key,
            Text(visible(key.name)),
            ", ".join(key.origins),
            str(key.rate),
            key.created_at[:10],
            (key.revoked_at or "")[:10],
        )
    return table
