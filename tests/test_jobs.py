"""Jobs without a server: the table they are kept in, and the thread that works them off."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qa_service.errors import JobNotFoundError, QueueFullError, StoreBusyError
from qa_service.outcomes import Outcome
from qa_service.service import QAService
from qa_service.uploads import table as job_table
from qa_service.uploads.records import Ending, Job, NewFile
from qa_service.uploads.runner import JobRunner
from qa_service.uploads.table import MAX_ATTEMPTS, JobTable
from tests.parts import Parts, RecordingEncoder, events, opened

MANY = 2**30
SECONDS = 60


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data") as found:
        yield found


@pytest.fixture
def table(parts: Parts) -> JobTable:
    return JobTable(parts.store.database)


def file(name: str, text: str | None = None) -> NewFile:
    content = (text or f"This is what {name} says.").encode()
    return NewFile(name, len(content), content)


def statuses(job: Job) -> list[str]:
    return [each.status for each in job.files]


def wait_for(table: JobTable, identifier: str) -> Job:
    """Return a job once it has ended; its runner must be at work."""
    deadline = threading.Event()
    timer = threading.Timer(SECONDS, deadline.set)
    timer.start()
    while not deadline.is_set():
        job = table.job(identifier)
        if job.finished_at is not None:
            timer.cancel()
            return job
    pytest.fail(f"the job did not end: {table.job(identifier)}")


def work_off(service: QAService, identifier: str) -> Job:
    runner = JobRunner(service)
    runner.start()
    try:
        return wait_for(service.jobs, identifier)
    finally:
        assert runner.close()


def contents_kept(table: JobTable) -> int:
    with table._database.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM job_contents").get)


# --- the table ---


def test_a_job_waits_with_the_bytes_of_its_files(table: JobTable) -> None:
    refused = NewFile("huge.txt", 10**9, None, "document-too-large", "too large")
    job = table.add([file("a.txt"), refused, file("b.txt")], MANY)
    assert (job.status, job.finished_at, job.bytes_done, job.bytes_total) == ("working", None, 10**9, 10**9 + 48)
    assert statuses(job) == ["waiting", "failed", "waiting"]
    assert dict(job.counts) == {"waiting": 2, "failed": 1}
    assert (job.files[1].problem, job.files[1].reason) == ("document-too-large", "too large")
    assert table.job(job.id) == job
    assert contents_kept(table) == 2


def test_a_job_of_refused_files_is_over_at_once(table: JobTable) -> None:
    job = table.add([NewFile("huge.txt", 10**9, None, "document-too-large", "too large")], MANY)
    assert (job.status, job.finished_at is not None) == ("finished", True)
    assert not table.has_work()


def test_files_are_claimed_once_each_in_the_order_they_came(table: JobTable) -> None:
    first, second = table.add([file("a.txt"), file("b.txt")], MANY), table.add([file("c.txt")], MANY)
    names = []
    while (claim := table.claim()) is not None:
        names.append(claim.name)
        assert claim.content == f"This is what {claim.name} says.".encode()
    assert names == ["a.txt", "b.txt", "c.txt"]
    assert statuses(table.job(first.id)) == ["working", "working"]
    assert [job.id for job in table.jobs(10)[0]] == [second.id, first.id]


def test_progress_is_the_share_of_passages(table: JobTable) -> None:
    job = table.add([NewFile("a.txt", 1_000, b"a" * 1_000), NewFile("b.txt", 500, b"b" * 500)], MANY)
    claim = table.claim()
    assert claim is not None
    assert table.advance(claim.file_id, 64, 256)
    job = table.job(job.id)
    assert (job.status, job.bytes_done, job.bytes_total) == ("working", 250, 1_500)
    assert (job.files[0].passages_done, job.files[0].passages_total) == (64, 256)
    table.finish(claim.file_id, Ending("failed", "fault", "it broke"))
    assert table.job(job.id).bytes_done == 1_000


def test_a_finished_file_lets_go_of_its_bytes_and_the_last_ends_the_job(table: JobTable) -> None:
    job = table.add([file("a.txt"), file("b.txt")], MANY)
    for left in (1, 0):
        claim = table.claim()
        assert claim is not None
        table.finish(claim.file_id, Ending("added", document_id="0123", title="A", generation=7))
        assert contents_kept(table) == left
        assert (table.job(job.id).finished_at is None) == (left > 0)
    ended = table.job(job.id)
    assert (ended.status, statuses(ended)) == ("finished", ["added", "added"])
    assert (ended.files[0].document_id, ended.files[0].title, ended.files[0].generation) == ("0123", "A", 7)


@pytest.mark.parametrize(
    ("bound", "files", "words"),
    [
        (60, ["a.txt", "b.txt", "c.txt"], "72 bytes .* the bound is 60 .*QA_MAX_WAITING_BYTES"),
        (MANY, [f"{number:05}.txt" for number in range(10_001)], "10,001 files .* the bound is 10,000"),
    ],
)
def test_what_is_over_the_bounds_is_not_kept_at_all(table: JobTable, bound: int, files: list[str], words: str) -> None:
    with pytest.raises(QueueFullError, match=words):
        table.add([file(name) for name in files], bound)
    assert table.jobs(10) == ([], 0)
    assert contents_kept(table) == 0
    assert not table.has_work()


def test_an_upload_that_breaks_off_is_not_kept_at_all(table: JobTable) -> None:
    def broken() -> Iterator[NewFile]:
        yield file("a.txt")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        table.add(broken(), MANY)
    assert table.jobs(10) == ([], 0)


def test_cancelling_leaves_out_what_waits_and_keeps_what_is_in(table: JobTable) -> None:
    job = table.add([file("a.txt"), file("b.txt"), file("c.txt")], MANY)
    first, second = table.claim(), table.claim()
    assert first is not None
    assert second is not None
    table.finish(first.file_id, Ending("added"))
    cancelled = table.cancel(job.id)
    assert (cancelled.status, statuses(cancelled)) == ("working", ["added", "working", "cancelled"])
    assert table.claim() is None
    assert not table.advance(second.file_id, 1, 2)
    table.finish(second.file_id, Ending("cancelled"))
    ended = table.job(job.id)
    assert (ended.status, statuses(ended)) == ("cancelled", ["added", "cancelled", "cancelled"])
    assert table.cancel(job.id) == ended
    assert contents_kept(table) == 0


def test_a_finished_job_cannot_be_cancelled(table: JobTable) -> None:
    job = table.add([file("a.txt")], MANY)
    claim = table.claim()
    assert claim is not None
    table.finish(claim.file_id, Ending("added"))
    assert table.cancel(job.id) == table.job(job.id)
    assert table.job(job.id).status == "finished"


@pytest.mark.parametrize("identifier", ["", "nothing", "' OR 1=1 --", "зубр"])
def test_an_unknown_job_is_named(table: JobTable, identifier: str) -> None:
    for call in (table.job, table.cancel):
        with pytest.raises(JobNotFoundError, match="there is no job"):
            call(identifier)


def test_old_jobs_are_forgotten_and_unfinished_ones_never(table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_table, "KEPT_JOBS", 2)
    open_job = table.add([file("open.txt")], MANY)
    refused = NewFile("huge.txt", 1, None, "document-too-large", "too large")
    jobs = [table.add([refused], MANY) for _ in range(4)]
    assert [job.id for job in table.jobs(10)[0]] == [jobs[3].id, jobs[2].id, open_job.id]
    monkeypatch.setattr(job_table, "KEPT_JOBS", 10)
    with table._database.writing() as connection:
        connection.execute("UPDATE jobs SET finished_at = '2020-01-01' WHERE id = ?", (jobs[3].id,))
    newest = table.add([refused], MANY)
    assert [job.id for job in table.jobs(10)[0]] == [newest.id, jobs[2].id, open_job.id]
    assert contents_kept(table) == 1


def test_what_a_process_was_at_when_it_was_killed_is_taken_in_again(table: JobTable) -> None:
    job = table.add([file("a.txt"), file("b.txt")], MANY)
    for _ in range(MAX_ATTEMPTS - 1):
        claim = table.claim()
        assert claim is not None
        assert claim.name == "a.txt"
        table.recover()
        assert statuses(table.job(job.id)) == ["waiting", "waiting"]
    assert table.claim() is not None
    table.recover()
    ended = table.job(job.id)
    assert statuses(ended) == ["failed", "waiting"]
    assert ended.files[0].reason == "the service ended 5 times while taking this file in; it is left out"


def test_what_was_cancelled_while_its_process_was_killed_is_not_taken_in(table: JobTable) -> None:
    job = table.add([file("a.txt")], MANY)
    table.claim()
    table.cancel(job.id)
    table.recover()
    assert table.job(job.id).status == "cancelled"


# --- the thread ---


def test_a_document_that_was_written_before_the_kill_counts_as_added(parts: Parts) -> None:
    service = parts.service()
    job = service.jobs.add([file("a.txt")], MANY)
    claim = service.jobs.claim()
    assert claim is not None
    service.upload(claim.name, claim.content)  # the process ends here, before it can note that
    ended = work_off(service, job.id)
    assert statuses(ended) == ["added"]
    assert service.totals().documents == 1


def test_two_runners_share_the_work_and_double_nothing(tmp_path: Path) -> None:
    names = [f"{number}.txt" for number in range(24)]
    with opened(tmp_path / "data") as one, opened(tmp_path / "data") as other:
        services = one.service(), other.service()
        runners = [JobRunner(service) for service in services]
        jobs = [services[number % 2].jobs.add([file(name)], MANY) for number, name in enumerate(names)]
        for runner in runners:
            runner.start()
        ended = [wait_for(services[0].jobs, job.id) for job in jobs]
        assert all(runner.close() for runner in runners)
        assert [statuses(job) for job in ended] == [["added"]] * 24
        assert sorted(job.files[0].generation or 0 for job in ended) == list(range(1, 25))
        assert services[0].totals().documents == 24
        embedded = [text for parts in (one, other) for text in embedded_by(parts)]
        assert len(embedded) == len(set(embedded)) == 24


def embedded_by(parts: Parts) -> list[str]:
    assert isinstance(parts.encoder, RecordingEncoder)
    return parts.encoder.embedded


def test_another_runner_goes_on_where_one_stopped(tmp_path: Path) -> None:
    is_embedding = threading.Event()

    def hold() -> None:
        is_embedding.set()
        assert runner._is_stopping.wait(SECONDS)

    with opened(tmp_path / "data", RecordingEncoder(before=hold)) as one, opened(tmp_path / "data") as other:
        runner = JobRunner(one.service())
        table = other.service().jobs
        runner.start()
        job = table.add([file("a.txt")], MANY)
        assert is_embedding.wait(SECONDS)
        assert runner.close()
        assert statuses(table.job(job.id)) == ["waiting"]
        assert other.store.totals().documents == 0
        assert statuses(work_off(other.service(), job.id)) == ["added"]


@pytest.mark.parametrize("failure", [ZeroDivisionError("secret"), StoreBusyError("another process is writing")])
def test_a_fault_fails_one_file_and_a_store_that_is_away_is_waited_for(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr("qa_service.uploads.runner._RECOVERING_SECONDS", 0.01)
    service, failures = parts.service(), [failure]
    upload = service.upload

    def fail_once(name: str, *arguments: object) -> Outcome:
        if failures:
            raise failures.pop()
        return upload(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "upload", fail_once)
    job = service.jobs.add([file("a.txt"), file("b.txt")], MANY)
    with capture_logs() as logs:
        ended = work_off(service, job.id)
    if isinstance(failure, StoreBusyError):
        assert statuses(ended) == ["added", "added"]
        assert events(logs) == ["uploads wait"]
        return
    assert statuses(ended) == ["failed", "added"]
    assert ended.files[0].problem == "fault"
    assert "secret" not in (ended.files[0].reason or "")
    assert events(logs) == ["taking a file in failed"]
