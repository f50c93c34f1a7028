"""Results as people read them."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from qa_service.cli.console import err, out, visible
from qa_service.cli.reports import ExportReport, Findings, ImportReport
from qa_service.outcomes import Outcome, OutcomeStatus, Report
from qa_service.types import AskResult, Document, Explanation, Hit, Passage, Question

_NO_DOCUMENTS = "There is nothing to look in: take documents in with `qa-service ingest PATH`, or drop the filters."
OUTCOME_STYLE: Mapping[OutcomeStatus, str] = {
    "added": "green",
    "replaced": "green",
    "changed": "green",
    "renamed": "cyan",
    "removed": "magenta",
    "unchanged": "dim",
    "skipped": "yellow",
    "failed": "red",
}


def print_report(report: Report) -> None:
    """Print what became of every file, what went wrong last."""
    for outcome in sorted(report.outcomes, key=lambda outcome: outcome.status == "failed"):
        if outcome.status != "unchanged":
            out.print(_outcome_line(outcome))
    counts = [f"{report.count(status)} {status}" for status in OUTCOME_STYLE if report.count(status)]
    rate = f", {report.embedded / report.seconds:,.1f} passages/s" if report.embedded and report.seconds else ""
    summary = ", ".join(counts) or "no files found"
    out.print(f"{summary}; {report.embedded} passages embedded in {report.seconds:.1f} s{rate}")


def _outcome_line(outcome: Outcome) -> Text:
    line = Text.assemble((f"{outcome.status:<9} ", OUTCOME_STYLE[outcome.status]), visible(outcome.uri))
    if outcome.reason:
        line.append(f": {visible(outcome.reason)}")
    if outcome.passages:
        line.append(f"  {outcome.passages} passages", "dim")
    return line


def print_answer(result: AskResult, explanations: Sequence[Explanation] | None = None) -> None:
    """Print the answer and the passages under it."""
    print_searched(result.question)
    if result.answer is not None:
        marks = "".join(f"[{citation.marker}]" for citation in result.answer.citations)
        out.print(Text.assemble((result.answer.text, "bold"), " ", (marks, "cyan")))
        out.print()
    else:
        nearest = " The nearest passages:" if result.hits else ""
        out.print(Text.assemble(("Not in these documents.", "bold yellow"), nearest))
    if result.confidence is not None:
        out.print(Text(f"confidence {result.confidence:.2f}", "dim"))
    print_hits(result.hits, explanations)


def print_searched(question: Question) -> None:
    """Print what was searched for where that is not the question as asked."""
    if question.rewritten is not None:
        out.print(Text(f"searched for: {visible(question.rewritten)}", "dim"))


def print_hits(hits: Sequence[Hit], explanations: Sequence[Explanation] | None = None) -> None:
    """Print passages with where they stand, the matching sentence marked."""
    if not hits:
        err.print(Text(_NO_DOCUMENTS, "yellow"))
    for number, hit in enumerate(hits):
        out.print(_place(hit))
        text = Text(hit.passage.text)
        for span in hit.highlights:
            text.stylize("yellow", span.start, span.end)
        out.print(text)
        for duplicate in hit.duplicates:
            out.print(Text(f"also in {visible(duplicate.document.uri)}:{duplicate.span.start}", "dim"))
        if explanations is not None:
            out.print(_explanation(explanations[number]))
        out.print()


def _explanation(explanation: Explanation) -> Text:
    """Return where a score came from, a line a kind of evidence."""
    evidence = explanation.evidence
    parts = {
        "meaning": f"cosine {evidence.cosine:.3f} ({evidence.raw_cosine:.3f} with its language), best sentence "
        f"{evidence.best_sentence:.3f}",
        "words": f"{evidence.words:.3f}, {evidence.language_shift:+.3f} for its language: "
        + ", ".join(f"{match.word} → {match.found or '(title)'} {match.cosine:.2f}" for match in evidence.matches),
        "same words": f"{evidence.lexical:.2f} of the best: {', '.join(explanation.terms) or 'none'}",
        "same names": f"{evidence.names:.2f} of the best: {', '.join(explanation.names) or 'none'}",
    }
    if evidence.prose < 1:
        parts["prose"] = f"{evidence.prose:.0%} of it"
    return Text("\n".join(f"   {name:<11}{visible(told)}" for name, told in parts.items()), "dim")


def _place(hit: Hit) -> Text:
    passage = hit.passage
    where = f"{visible(passage.document.uri)}:{passage.span.start}-{passage.span.end}{_pages(passage)}"
    return Text.assemble(
        (f"{hit.rank}. ", "cyan"),
        (visible(passage.document.title), "bold"),
        (f"  {passage.language}  {hit.score:.3f}  {where}", "dim"),
    )


def _pages(passage: Passage) -> str:
    """Return which pages a passage stands on, such as ", p. 3"; nothing where its document has none."""
    first, last = passage.page_start, passage.page_end
    if first is None:
        return ""
    return f", p. {first}" if first == last else f", pp. {first}–{last}"


def print_documents(documents: Sequence[Document], total: int) -> None:
    """Print a table of documents."""
    table = Table(box=None, pad_edge=False)
    for column in ("id", "title", "language", "passages", "updated", "uri"):
        table.add_column(column, justify="right" if column == "passages" else "left", overflow="fold")
    for document in documents:
        table.add_row(
            document.id,
            Text(visible(document.title)),
            document.language,
            str(document.passages),
            document.updated_at[:10],
            Text(visible(document.uri)),
        )
    if documents:
        out.print(table)
    out.print(f"{len(documents)} of {total} documents")


def print_findings(findings: Findings) -> None:
    """Print what was examined, and what to do about what is not well."""
    for finding in findings.findings:
        mark = ("well   ", "green") if finding.is_well else ("WRONG  ", "bold red")
        out.print(Text.assemble(mark, f"{finding.subject}: {finding.detail}"))
        if finding.advice:
            out.print(Text(f"       {finding.advice}", "yellow"))


def print_export(report: ExportReport) -> None:
    """Print what a backup holds and how large it is."""
    held = f"{report.manifest.documents} documents, {report.manifest.passages} passages"
    out.print(f"{held}, generation {report.manifest.generation}: {report.bytes / 2**20:,.1f} MiB in {report.file}")


def print_import(report: ImportReport) -> None:
    """Print what an import did or would do, and what remains to be done."""
    backup = report.backup
    model = f", embedded with {backup.model.name}" if backup.model else ""
    out.print(
        f"backup of {backup.created_at} by version {backup.service}: {backup.documents} documents, "
        f"{backup.passages} passages{model}"
    )
    would = "" if report.is_done else "would have been "
    counts = [f"{report.removed} {would}removed"] if report.mode == "replace" else []
    counts += [f"{report.added} {would}added", f"{report.unchanged} there already"]
    out.print(", ".join(counts))
    for uri in report.kept:
        out.print(Text(f"kept as it is in the data folder: {visible(uri)}", "yellow"))
    if report.to_embed:
        out.print(
            f"{report.to_embed} passages {'are' if report.is_done else 'would be'} embedded anew with {report.model}; "
            "if that is stopped, `qa-service rebuild` goes on"
        )
    elif backup.passages:
        out.print("nothing has to be embedded")
    if report.recut and not report.to_embed:
        out.print(
            Text(
                f"{report.recut} documents were cut into passages by another version or with another "
                "QA_PASSAGE_CHARACTERS; they answer as they did, and `qa-service rebuild` cuts them anew",
                "yellow",
            )
        )
