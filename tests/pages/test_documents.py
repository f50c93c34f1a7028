"""The page of documents in a real browser: adding, following, looking for, deleting; with and without a key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.apps import finished
from tests.conftest import running_server
from tests.pages.asking import content
from tests.pages.conftest import Visit

pytestmark = pytest.mark.browser

BOUND = 2_000_000
KEY = "a-key-of-some-length"
HOSTILE = "<img src=x onerror=window.ran=1>.txt"

_DROP = """([files, kind]) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name));
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
        : new DragEvent(kind, { ...options, dataTransfer: transfer });
    document.querySelector("main").dispatchEvent(event);
    return event.defaultPrevented;
}"""

_DROP_FOLDER = """(texts) => {
    const file = (path, text) => ({
        isFile: true,
        isDirectory: false,
        name: path.split("/").at(-1),
        fullPath: path,
        file: (give) => give(new File([text], path.split("/").at(-1))),
    });
    const folder = (path, entries) => ({
        isFile: false,
        isDirectory: true,
        name: path.split("/").at(-1),
        fullPath: path,
        createReader: () => {
            const left = [...entries];
            return { readEntries: (give) => give(left.splice(0, 100)) }; // as browsers do, by the hundred
        },
    });
    const inner = folder("/notes/inner", [file("/notes/inner/deep.txt", texts.deep)]);
    const hidden = folder("/notes/.git", [file("/notes/.git/config.txt", "hidden")]);
    const photos = Array.from({ length: 150 }, (_, number) => file(`/notes/${number}.jpg`, "x"));
    const entries = [...photos, file("/notes/.hidden.txt", "hidden"), inner, hidden, file("/notes/a.md", texts.a)];
    const item = { kind: "file", webkitGetAsEntry: () => folder("/notes", entries), getAsFile: () => null };
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], items: [item] } });
    document.querySelector("#drop").dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server without documents at first; every test removes what it adds."""
    data = tmp_path_factory.mktemp("documents-page") / "data"
    with running_server(data, QA_MODEL="hashing", QA_MAX_DOCUMENT_BYTES=str(BOUND)) as address:
        yield address


@pytest.fixture(autouse=True)
def _cleared(desk: str) -> Iterator[None]:
    yield
    with httpx2.Client(base_url=desk, timeout=60) as client:
        for job in client.get("/v1/jobs").json()["jobs"]:
            if job["finished_at"] is not None:
                break  # they are worked off in order, so that all before it have finished, too
            client.delete(f"/v1/jobs/{job['id']}")
            client.get(f"/v1/jobs/{job['id']}/events")  # ends when it has
        for document in client.get("/v1/documents?limit=500").json()["documents"]:
            client.delete(f"/v1/documents/{document['id']}")


def payload(name: str, text: str | bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": text if isinstance(text, bytes) else text.encode()}


def choose(page: Page, *files: FilePayload) -> None:
    page.locator("#files").set_input_files(list(files))


def put(address: str, files: dict[str, str], **headers: str) -> None:
    """Take files in by HTTP."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        names = list(files)
        for start in range(0, len(names), 100):
            fields = [("file", (name, files[name].encode())) for name in names[start : start + 100]]
            finished(client, client.post("/v1/documents", files=fields, headers=headers), **headers)


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload", has_text=name)


def expect_end(page: Page, told: str) -> None:
    """Wait until nothing is being added any more, and check what the page says of it."""
    expect(page.get_by_role("button", name="Clear this list")).to_be_visible(timeout=60_000)
    expect(page.locator("#uploads-state")).to_have_text(told)


def titles(page: Page) -> list[str]:
    return page.locator(".document h3").all_text_contents()


def book(number: int) -> str:
    """A text that takes a while to take in."""
    return "\n\n".join(f"Book {number} tells in paragraph {index} of river {index}. " * 10 for index in range(250))


# --- adding ---


def test_what_is_wrong_with_a_text_is_told_where_it_is_added(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents", locale="be-BY")
    choose(page, payload("памяць.txt", "У Мiнску зубр паспеў стаць помнікам."))  # with a Latin i
    expect(row(page, "памяць.txt")).to_contain_text("Дададзены")
    expect(row(page, "памяць.txt")).to_contain_text("Звярніце ўвагу на тэкст: 1 word mixes Latin and Cyrillic letters")


def test_chosen_files_are_added_and_each_tells_how_it_went(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()
    expect(page.get_by_text("qa-service sync FOLDER")).to_be_visible()
    text = "# Пушча\n\nУ пушчы жывуць зубры."
    choose(
        page,
        payload("пушча.md", text),
        payload("copy.md", text),
        payload("photo.png", b"\x89PNG"),
        payload("old.pdf", b"%PDF-1.4\nbroken"),
        payload("huge.txt", b"a" * (BOUND + 1)),
        payload(HOSTILE, "<script>window.ran=1</script> The heron stands in the reeds."),
    )
    expect_end(page, "2 added, 1 already here, 3 failed.")
    expect(row(page, "пушча.md").first).to_contain_text("Added")
    expect(row(page, "copy.md")).to_contain_text("Already here")
    expect(row(page, "copy.md")).to_contain_text("Under the name пушча.md")
    expect(row(page, "photo.png")).to_contain_text("This kind of file cannot be read.")
    expect(row(page, "photo.png")).to_contain_text("this is a PNG picture")
    expect(row(page, "old.pdf")).to_contain_text("It could not be read.")
    expect(row(page, "huge.txt")).to_contain_text("It has 1.9 MB; 1.9 MB is the most.")
    expect(row(page, HOSTILE)).to_contain_text("Added")
    expect(page.locator(".document")).to_have_count(2)
    assert page.evaluate("window.ran") is None
    row(page, "copy.md").get_by_role("link", name="copy.md").click()
    expect(page.locator("h1")).to_have_text("Пушча")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_files_are_dropped_or_pasted_anywhere(visit: Visit, desk: str, kind: str) -> None:
    page = visit(f"{desk}/documents")
    files = [["one.txt", f"The first text that came by {kind}."], ["two.txt", f"The second that came by {kind}."]]
    assert page.evaluate(_DROP, [files, kind]) is True
    expect_end(page, "2 added.")


def test_the_field_shows_that_files_are_over_it_and_text_may_be_dropped_elsewhere(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    assert page.evaluate(_DROP, [[["one.txt", "text"]], "dragover"]) is True
    expect(page.locator("#drop")).to_have_class("drop over")
    assert page.evaluate(_DROP, [[], "drop"]) is False
    assert page.evaluate(_DROP, [[], "paste"]) is False


def test_of_a_dropped_folder_what_can_be_read_is_added(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    page.evaluate(_DROP_FOLDER, {"deep": "Deep in the folder lies this text.", "a": "# Above\n\nThis one lies above."})
    expect_end(page, "2 added.")
    expect(page.locator("#uploads-others")).to_have_text("150 files of other kinds in the folder left out.")
    assert sorted(page.locator(".upload .name").all_text_contents()) == ["a.md", "deep.txt"]


def test_a_chosen_folder_is_added_as_a_dropped_one(visit: Visit, desk: str, tmp_path: Path) -> None:
    for path, text in {
        "shelf/a.txt": "The heron stands in the reeds.",
        "shelf/in/b.md": "# Boats\n\nThe boat lies on the bank.",
        "shelf/in/c.jpg": "x",
        "shelf/.d.txt": "hidden",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    page = visit(f"{desk}/documents")
    page.locator("#folder").set_input_files(tmp_path / "shelf")
    expect_end(page, "2 added.")
    expect(page.locator("#uploads-others")).to_have_text("1 file of other kinds in the folder left out.")


def test_the_buttons_open_the_pickers(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    assert chooser.value.is_multiple()
    with page.expect_file_chooser():
        page.get_by_role("button", name="Choose a folder").click()


def test_many_files_go_in_batches_and_all_arrive(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    choose(page, *(payload(f"note {number}.txt", f"This is note number {number}.") for number in range(45)))
    expect_end(page, "45 added.")
    expect(page.locator("#shelf-count")).to_have_text("45 documents")
    sent = [job["counts"] for job in page.request.get(f"{desk}/v1/jobs").json()["jobs"][:3]]
    assert sent == [{"added": 5}, {"added": 20}, {"added": 20}]
    page.get_by_role("button", name="Clear this list").click()
    expect(page.locator("#uploads")).to_be_hidden()
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_what_is_not_added_yet_can_be_cancelled(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    choose(page, *(payload(f"book {number}.txt", book(number)) for number in range(3)))
    expect(row(page, "book 2.txt")).to_have_attribute("data-status", "waiting")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(row(page, "book 2.txt")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Clear this list")).to_be_visible(timeout=60_000)
    assert page.request.get(f"{desk}/v1/jobs").json()["jobs"][0]["status"] == "cancelled"


def test_a_page_that_is_loaded_again_shows_what_is_still_being_added(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    choose(page, *(payload(f"book {number}.txt", book(number)) for number in range(3)))
    expect(row(page, "book 2.txt")).to_have_attribute("data-status", "waiting")
    page.reload()
    expect(row(page, "book 2.txt")).to_be_visible()
    expect_end(page, "3 added.")


def answered(status: int, **headers: str) -> Any:
    def answer(route: Route) -> None:
        body = json.dumps({"status": status, "detail": "the queue is full"})
        route.fulfill(status=status, headers=headers, content_type="application/problem+json", body=body)

    return answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda route: route.abort(), "The service cannot be reached. Trying again…"),
        (answered(429, **{"Retry-After": "1"}), "The service has enough to do at the moment."),
    ],
)
def test_a_service_that_is_away_or_busy_is_waited_for(visit: Visit, desk: str, answer: Any, told: str) -> None:
    page = visit(f"{desk}/documents")
    expect(page.locator("#shelf-empty")).to_be_visible()
    page.route(lambda address: address.endswith("/v1/documents"), answer, times=1)
    choose(page, payload("a.txt", "The heron stands in the reeds."))
    expect(page.locator("#uploads-trouble")).to_contain_text(told)
    expect_end(page, "1 added.")
    expect(page.locator("#uploads-trouble")).to_be_hidden()


def test_a_stream_that_breaks_off_is_taken_up_again(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    page.route(
        "**/events", lambda route: route.fulfill(content_type="text/event-stream", body=": cut off\n\n"), times=1
    )
    choose(page, payload("a.txt", "The heron stands in the reeds."))
    expect(page.locator("#uploads-trouble")).to_contain_text("Trying again…")
    expect_end(page, "1 added.")


def test_what_the_service_refuses_is_told(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    page.route(lambda address: address.endswith("/v1/documents"), answered(507), times=1)
    choose(page, payload("a.txt", "The heron stands in the reeds."))
    expect(row(page, "a.txt")).to_contain_text("The service refused it.")
    expect(row(page, "a.txt")).to_contain_text("the queue is full")


# --- the list ---


def test_documents_are_looked_for_by_name_language_and_order(visit: Visit, desk: str) -> None:
    put(
        desk,
        {
            "заўвагі.txt": "Сям’я і дом\n\nУ хаце жыве вялікая сям'я, і кожны вечар яна збіраецца за сталом.",
            "лес.txt": "Ёлка ў лесе\n\nЗімой у лесе стаіць ёлка, і пад ёй спіць заяц, а вакол ціха.",
            "river.txt": "Boats on the river\n\nThe boats lie on the bank of the river until the ice is gone.",
        },
    )
    page = visit(f"{desk}/documents", locale="be-BY")
    expect(page.locator("#shelf-count")).to_have_text("3 дакументы")
    search = page.get_by_role("searchbox", name="Пошук па назве або імені файла")
    for words, title in (("ЗАУВАГІ", "Сям’я і дом"), ("сямя", "Сям’я і дом"), ("елк", "Ёлка ў лесе"), ("RIV", "Boats")):
        search.fill(words)
        expect(page.locator("#shelf-count")).to_have_text("1 дакумент")
        expect(page.locator(".document h3")).to_contain_text(title)
    search.fill("няма такога")
    page.get_by_role("button", name="Паказаць усе дакументы").click()
    expect(page.locator(".document")).to_have_count(3)
    page.get_by_label("Парадак").select_option(label="Па назве")
    expect(page.locator(".document h3").first).to_have_text("Boats on the river")
    page.get_by_label("Мова", exact=True).select_option(label="беларуская")
    expect(page.locator(".document")).to_have_count(2)
    assert titles(page) == ["Ёлка ў лесе", "Сям’я і дом"]
    facts = page.locator(".facts").first
    assert [part.strip() for part in facts.locator("> *").all_text_contents()][:4] == [
        "беларуская",
        "Тэкст",
        "127 Б",
        "1 урывак",
    ]
    page.get_by_role("link", name="Ёлка ў лесе").click()
    expect(page.locator("h1")).to_have_text("Ёлка ў лесе")
    page.go_back()
    expect(page.locator(".document")).to_have_count(2)
    assert titles(page) == ["Ёлка ў лесе", "Сям’я і дом"]
    expect(page.get_by_label("Мова", exact=True)).to_have_value("be")


def test_a_long_list_comes_page_by_page(visit: Visit, desk: str) -> None:
    put(desk, {f"{number}.txt": f"{number:03}\n\nThis text has number {number}." for number in range(120)})
    page = visit(f"{desk}/documents?sort=title")
    expect(page.locator("#range")).to_have_text("1–50 of 120")
    assert page.locator(".document").count() == 50
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#range")).to_have_text("51–100 of 120")
    expect(page.get_by_role("heading", name="All documents")).to_be_focused()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#range")).to_have_text("101–120 of 120")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.reload()
    expect(page.locator("#range")).to_have_text("101–120 of 120")
    page.get_by_label("Select all on this page").check()
    expect(page.locator("#chosen-count")).to_have_text("20 selected")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete 20 documents?")
    expect(dialog.get_by_role("listitem")).to_have_count(6)
    expect(dialog).to_contain_text("and 15 more")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("#range")).to_have_text("51–100 of 100")
    expect(page.locator("#shelf-done")).to_have_text("20 documents deleted.")


def test_deleting_asks_by_name_and_can_be_left(visit: Visit, desk: str) -> None:
    heron = "Heron & <b>reeds</b>\n\nThe heron stands in the reeds and waits."
    put(desk, {"heron.txt": heron, "b.txt": "The boat lies."})
    page = visit(f"{desk}/documents")
    page.get_by_role("button", name="Delete Heron & <b>reeds</b>").click()
    dialog = page.get_by_role("dialog", name="Delete this document?")
    expect(dialog).to_contain_text("Heron & <b>reeds</b>")
    expect(dialog).to_contain_text("This cannot be undone.")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete Heron & <b>reeds</b>")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#shelf-done")).to_have_text("1 document deleted.")
    expect(page.get_by_role("heading", name="All documents")).to_be_focused()
    assert titles(page) == ["The boat lies."]
    assert page.request.get(f"{desk}/v1/documents").json()["total"] == 1


def test_a_document_that_someone_else_deleted_is_gone_all_the_same(visit: Visit, desk: str) -> None:
    put(desk, {"heron.txt": "The heron stands."})
    page = visit(f"{desk}/documents")
    page.get_by_role("button", name="Delete The heron stands.").click()
    (document,) = page.request.get(f"{desk}/v1/documents").json()["documents"]
    page.request.delete(f"{desk}/v1/documents/{document['id']}")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()


def test_the_list_waits_for_a_service_that_is_away(visit: Visit, desk: str) -> None:
    put(desk, {"heron.txt": "The heron stands."})
    page = visit("about:blank")
    page.route("**/v1/documents?*", lambda route: route.abort(), times=1)
    page.goto(f"{desk}/documents")
    expect(page.locator("#shelf-trouble")).to_contain_text("Trying again…")
    expect(page.locator(".document")).to_have_count(1)
    expect(page.locator("#shelf-trouble")).to_be_hidden()


def test_chat_and_documents_lead_to_each_other(visit: Visit, desk: str) -> None:
    page = visit(desk)
    page.get_by_role("link", name="Documents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
    page.get_by_role("link", name="Questions").click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()


# --- the key ---


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that asks for a key, with one document."""
    data = tmp_path_factory.mktemp("documents-key") / "data"
    with running_server(data, QA_MODEL="hashing", QA_API_KEYS=KEY) as address:
        put(address, {"heron.txt": "The heron stands."}, **{"X-API-Key": KEY})
        yield address


def test_a_key_is_asked_for_kept_for_the_tab_and_shown_nowhere(visit: Visit, guarded: str) -> None:
    page = visit(f"{guarded}/documents")
    expect(page.locator(".document")).to_have_count(1)
    field = page.get_by_label("API key", exact=True)
    choose(page, payload("boat.txt", "The boat lies on the bank."))
    expect(page.locator("#key-trouble")).to_have_text("This needs an API key. Enter one to go on.")
    expect(field).to_be_focused()
    for wrong, told in (("ключ", "A key has no spaces"), ("a-wrong-key-of-length", "does not know this key")):
        field.fill(wrong)
        page.keyboard.press("Enter")
        expect(page.locator("#key-trouble")).to_contain_text(told)
    field.fill(f" {KEY} ")
    page.keyboard.press("Enter")
    expect_end(page, "1 added.")
    expect(field).to_be_hidden()
    assert KEY not in page.url
    assert KEY not in page.content()
    assert page.evaluate("JSON.stringify(localStorage)").count(KEY) == 0
    page.reload()
    page.get_by_role("button", name="Delete The boat lies on the bank.").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#shelf-done")).to_have_text("1 document deleted.")
    page.get_by_role("button", name="Forget the key").click()
    expect(field).to_be_visible()
    assert page.evaluate("JSON.stringify(sessionStorage)").count(KEY) == 0
    page.get_by_role("button", name="Delete The heron stands.").click()
    expect(page.locator("#key-trouble")).to_contain_text("This needs an API key.")
    expect(page.locator(".document")).to_have_count(1)


# --- for everyone ---


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", ["Documents", "Choose files", "This kind of file cannot be read.", "1 failed."]),
        ("ru-RU", ["Документы", "Выбрать файлы", "Файлы такого вида прочитать нельзя.", "не удалось: 1."]),
        ("be-BY", ["Дакументы", "Выбраць файлы", "Файлы такога віду прачытаць нельга.", "не ўдалося: 1."]),
    ],
)
@pytest.mark.parametrize("width", [390, 1280])
def test_it_speaks_three_languages_on_small_screens_and_large(
    visit: Visit, desk: str, locale: str, words: list[str], width: int
) -> None:
    put(desk, {"heron.txt": "W" * 200 + "\n\nThe heron stands in the reeds and waits for a fish to come by."})
    page = visit(f"{desk}/documents", locale=locale, viewport={"width": width, "height": 844})
    expect(page.locator(".document")).to_have_count(1)
    choose(page, payload("photo-" + "x" * 120 + ".png", b"\x89PNG"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words[0])
    expect(page).to_have_title(words[0])
    for word in words[1:]:
        expect(page.get_by_text(word, exact=True).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="English" if locale != "en-GB" else "беларуская").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents" if locale != "en-GB" else "Дакументы")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_word_is_there_in_every_language(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    kinds = page.evaluate("""async () => {
        const { DOCUMENT_WORDS } = await import("/assets/documents_words.js");
        const kind = (word) => (typeof word === "function" ? word.length : "text");
        return Object.values(DOCUMENT_WORDS).map((words) =>
            Object.entries(words).map(([name, word]) => `${name} ${kind(word)}`));
    }""")
    assert len(kinds) == 3
    assert kinds[0] == kinds[1] == kinds[2]
    assert page.get_by_text("undefined").count() == 0


def test_the_structure_can_be_heard(visit: Visit, desk: str) -> None:
    put(desk, {"heron.txt": "The heron stands."})
    page = visit(f"{desk}/documents")
    choose(page, payload("photo.png", b"\x89PNG"))
    for name in ("Add documents", "Done", "All documents"):
        expect(page.get_by_role("region", name=name)).to_be_visible()
        expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
    expect(page.get_by_role("search").get_by_role("combobox", name="Order")).to_be_visible()
    document = page.get_by_role("region", name="All documents").get_by_role("listitem")
    expect(document.get_by_role("heading", name="The heron stands.", level=3)).to_be_visible()
    expect(document.get_by_role("checkbox", name="Select The heron stands.")).not_to_be_checked()
    unnamed = page.evaluate("""() => [...document.querySelectorAll("button, input:not([hidden]), select, progress, a")]
        .filter((target) => target.checkVisibility())
        .filter((target) => !(target.labels?.length || target.ariaLabel || target.textContent.trim()))
        .map((target) => target.outerHTML)""")
    assert unnamed == []


def test_sizes_are_written_as_people_do(visit: Visit, desk: str) -> None:
    page = visit(f"{desk}/documents")
    written = page.evaluate("""async () => {
        const { bytes } = await import("/assets/numbers.js");
        const write = bytes("en", ["B", "KB", "MB", "GB"]);
        return [0, 1, 1023, 1024, 1700, 10240, 1048575, 33554432, 5e12].map(write);
    }""")
    assert written == ["0 B", "1 B", "1,023 B", "1 KB", "1.7 KB", "10 KB", "1 MB", "32 MB", "4,657 GB"]
    assert content(page.locator("#takes")).endswith("up to 1.9 MB each.")
