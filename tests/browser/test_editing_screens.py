"""Every screen of the editor with something on it, held to the bars of all others."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code, FacetValue, Rule
from codes.pages import read_page, read_part, write_part
from datasets.models import Release
from editorial import autosaving, disputes, presence, reviewing, uploads
from editorial.drafting import digest, save_part
from editorial.models import Revision
from editorial.urls import urlpatterns
from quizzes.models import Regrade, Report
from tests.archives import archive
from tests.browser.conftest import OpenAs, Witness
from tests.browser.screens import MEANT, check_screen, unfold
from tests.browser.test_every_screen import ARTICLE, read_article
from tests.browser.test_team_screens import send
from tests.editorial.answers import accept, answered, reported
from tests.editorial.carrying import files_of
from tests.editorial.pages import sent as typed
from tests.public_files import public_file

FIRST = "solitary-iliac-metastasis"
#: Addresses that are no pages: what only takes a POST, and files.
NO_PAGES = {"section_move", "attest", "write_autosave", "trail_file", "files_export", "page_export"}
FOCUS_IS_SOMEWHERE = "document.activeElement !== document.body"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A site where much is in hand: two answers with a report on each, a revision under review."""

    code: Code
    other: Code
    reports: tuple[Report, Report]
    revision: Revision
    educator: User
    colleague: User
    folder: Path

    def address(self, text: str) -> str:
        """An address with the numbers of this site in it."""
        return text.format(
            code=self.code.number, other=self.other.number, example=FIRST, report=self.reports[0].pk,
            answered=self.reports[1].pk, revision=self.revision.pk,
            item=self.reports[0].answer.item.version.question_id, word=FacetValue.objects.all()[0].pk,
        )  # fmt: skip


Opener = Callable[[Page, Shown], Any]


@pytest.fixture
def shown(
    trainee: User, teammate: User, educator: User, admin: User, bone_code: Code, settings: Any, tmp_path: Path
) -> Shown:
    """Made once a test. What was graded is graded otherwise by the page as it is published now."""
    settings.IMPORTS_FOLDER, settings.DATASETS_DIR = str(tmp_path / "imports"), str(tmp_path / "datasets")
    at = timezone.now()
    items = [answered(one, bone_code) for one in (trainee, teammate)]
    first, second = (reported(one, item) for one, item in zip((trainee, teammate), items, strict=True))
    disputes.answer_report(second, "declined", "The page says one unit.", by=educator, at=at)
    accept(items[0])
    other = Code.objects.exclude(pk=bone_code.pk)[0]
    summary = read_part(other, "about") | {"summary": "A shorter summary."}
    save_part(other, "about", summary, seen=digest(read_part(other, "about")), by=admin, at=at, why="Shorter")
    revision = reviewing.hand_in(other, "A shorter summary", by=admin, at=at)
    presence.note(bone_code, admin, "page", at)
    autosaving.keep(educator, other, "about", typed(title="Half a title", summary="", search_words=""), at=at)
    return Shown(
        code=bone_code, other=other, reports=(first, second), revision=revision, educator=educator,
        colleague=admin, folder=tmp_path,
    )  # fmt: skip


# Openers -------------------------------------------------------------------------------------


def goto(address: str) -> Opener:
    """An address is enough."""

    def opened(page: Page, shown: Shown) -> None:
        page.goto(shown.address(address))
        unfold(page)

    return opened


def refused(address: str, button: str, **fields: str) -> Opener:
    """A form with something wrong in it; the summary has the focus, and what was typed is still there."""

    def opened(page: Page, shown: Shown) -> None:
        goto(address)(page, shown)
        send(page, button, **fields)
        expect(page.locator(".errors")).to_be_focused()
        for name, text in fields.items():
            expect(page.locator(f"main [name={name}]").first).to_have_value(text)

    return opened


def overtaken(address: str, part: str, button: str, **changed: Any) -> Opener:
    """A form that somebody else was quicker with: both versions, and the focus on what says so."""

    def opened(page: Page, shown: Shown) -> None:
        goto(address)(page, shown)
        stored = read_part(shown.code, part)
        by, at = shown.colleague, timezone.now()
        save_part(shown.code, part, stored | changed, seen=digest(stored), by=by, at=at, why="Quicker")
        if page.locator("main [name=why]").count():
            page.locator("main [name=why]").first.fill("Mine is better")
        page.locator("main").get_by_role("button", name=button, exact=True).last.click()
        expect(page.locator(".errors")).to_be_visible()
        assert page.evaluate(FOCUS_IS_SOMEWHERE)

    return opened


def two_rows(page: Page, shown: Shown) -> None:
    """A row more, which has the focus."""
    goto("/write/{code}/part/sources/")(page, shown)
    page.get_by_role("button", name="Add a source").click()
    expect(page.locator("main :focus")).to_have_attribute("name", re.compile(r"rows-[1-9]-title"))


def previewed(page: Page, shown: Shown) -> None:
    """A section as it would look, without storing it."""
    goto("/write/{other}/part/sections/billing/")(page, shown)
    page.get_by_label("Text", exact=True).fill("- **One** unit\n- once a day")
    expect(page.locator("#preview li").first).to_have_text("One unit")


def with_problems(page: Page, shown: Shown) -> None:
    """What the check says beside a form, with the way to the very field."""
    stored = read_part(shown.code, "similar")
    write_part(shown.code, "similar", [stored[0] | {"gloss": "Call (312) 555-0199."}, *stored[1:]])
    goto("/write/{code}/part/similar/")(page, shown)
    page.get_by_role("link", name="Go there").first.click()
    expect(page.locator("#id_rows-0-gloss")).to_be_in_viewport()


def proposed(page: Page, shown: Shown) -> None:
    """Rules that wait for a person."""
    origin = {"sentence": "It is reported once."}
    Rule.objects.filter(code=shown.code, slug="validity").update(state=Rule.State.PROPOSED, origin=origin)
    goto("/write/{code}/rules/")(page, shown)


def none_chosen(page: Page, shown: Shown) -> None:
    """None of them is accepted."""
    proposed(page, shown)
    page.get_by_role("button", name="Accept the chosen ones").click()
    expect(page.locator(".errors")).to_be_focused()


def asked_and_answered(page: Page, shown: Shown) -> None:
    """A question of a draft, and its feedback."""
    goto("/write/{code}/try/{example}/questions/")(page, shown)
    page.locator(".question-list a").first.click()
    page.get_by_role("link", name="The right one").click()
    expect(page.locator("#verdict")).to_be_visible()


def question(page: Page, shown: Shown) -> None:
    """The same before it is answered."""
    goto("/write/{code}/try/{example}/questions/")(page, shown)
    page.locator(".question-list a").first.click()
    expect(page.locator(".scenario")).to_be_visible()


def article_read(page: Page, shown: Shown) -> None:
    """A page that was read from an article a moment ago, much of which waits."""
    read_article(page, ARTICLE)
    page.goto("/write/29999/")


def upload_waiting(page: Page, shown: Shown) -> None:
    """A file with a new page, looked at and not stored yet."""
    content = replace_number(read_page(shown.code))
    page.goto("/write/files/")
    page.locator("main [type=file]").set_input_files(
        {"name": "content.zip", "mimeType": "application/zip", "buffer": archive(files_of(content))}
    )
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.locator("main")).to_contain_text("nothing is stored yet")
    assert page.evaluate(FOCUS_IS_SOMEWHERE)


def changes_waiting(page: Page, shown: Shown) -> None:
    """A file with another wording of a page, compared word by word; the reason is missing."""
    content = read_page(shown.code) | {"summary": "Frozen through the skin.", "similar": [], "sources": []}
    page.goto("/write/files/")
    page.locator("main [type=file]").set_input_files(
        {"name": "content.zip", "mimeType": "application/zip", "buffer": archive(files_of(content))}
    )
    page.get_by_role("button", name="Show what it would do").click()
    page.get_by_role("button", name="Store 1 draft").click()
    expect(page.locator(".errors")).to_be_focused()
    unfold(page)
    expect(page.locator("main .diff").first).to_be_visible()


def decided_too_late(page: Page, shown: Shown) -> None:
    """A revision that was handed in again since its page was opened."""
    goto("/write/reviews/{revision}/")(page, shown)
    at = timezone.now()
    reviewing.ask_for_changes(shown.revision, "Say why", by=shown.educator, at=at)
    reviewing.hand_in(shown.other, "A shorter summary, as the manual has it", by=shown.colleague, at=at)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("main")).to_contain_text("as the manual has it")


def left_behind(page: Page, shown: Shown) -> None:
    """What was typed into an example that a colleague removed."""
    part = f"examples/{shown.code.example_set.exclude(slug=FIRST).latest('pk').slug}"
    at, seen = timezone.now(), digest(read_part(shown.code, part))
    autosaving.keep(shown.educator, shown.code, part, typed(title="Two tumors", narrative="Both were frozen."), at=at)
    save_part(shown.code, part, None, seen=seen, by=shown.colleague, at=at, why="Twice there")
    goto(f"/write/{{code}}/kept/{part}/")(page, shown)
    expect(page.locator("main")).to_contain_text("Twice there")


def replace_number(content: dict[str, Any]) -> dict[str, Any]:
    """The page of another code."""
    return content | {"number": "A9999", "title": "A service of our own", "rules": [], "examples": []}


def progress(page: Page, shown: Shown) -> None:
    """A long import on its way."""
    uploads.tell("0" * 64, {"by": shown.educator.pk, "state": "running", "done": 3, "of": 90})
    page.goto(f"/write/files/progress/{'0' * 64}/")
    page.locator("#look-again").focus()  # and stays there while the page asks how far it is


def unreadable(page: Page, shown: Shown) -> None:
    """A rule that cannot be read stops trying, and comes last but for what it does not touch."""
    Rule.objects.filter(code=shown.code, slug="units").update(params={"counts": 7})
    goto("/write/{code}/try/")(page, shown)


#: In this order: a later screen has the changes of the earlier ones.
ALL_PAGES: dict[str, Opener] = {
    "desk": goto("/write/"),
    "desk, nothing found": goto("/write/?q=zzz&state=published"),
    "new page": goto("/write/new/"),
    "new page, with errors": refused("/write/new/", "Begin the page", number="!!", title=""),
    "article read": article_read,
    "rules of an article": goto("/write/29999/rules/"),
    "check of an article": goto("/write/29999/check/"),
    "review of an article": goto("/write/29999/review/"),
    "no editions": goto("/write/29999/editions/"),
    "no questions": goto("/write/29999/items/"),
    "problems": goto("/write/problems/"),
    "from files": goto("/write/from-files/"),
    "nothing to take up": goto("/write/{code}/from-files/"),
    "reviews": goto("/write/reviews/"),
    "a revision": goto("/write/reviews/{revision}/"),
    "a revision, decided too late": decided_too_late,
    "what breaks": goto("/write/coming/?on=2099-01-01"),
    "what breaks, no day": goto("/write/coming/?on=never"),
    "trail": goto("/write/trail/"),
    "trail, nothing found": goto("/write/trail/?who=nobody"),
    "trail, with errors": goto("/write/trail/?since=never"),
    "words": goto("/write/words/"),
    "words, none": goto("/write/words/?q=zzz"),
    "a word": goto("/write/words/{word}/"),
    "new word": goto("/write/words/new/"),
    "new word, with errors": refused("/write/words/new/", "Add it", value=""),
    "files": goto("/write/files/"),
    "files, with errors": refused("/write/files/", "Show what it would do"),
    "an upload waiting": upload_waiting,
    "an upload of changes": changes_waiting,
    "an import under way": progress,
}
WRITING: dict[str, Opener] = {
    "write": goto("/write/{code}/"),
    "write, unsaved text": goto("/write/{other}/"),
    **{
        f"part: {part}": goto(f"/write/{{code}}/part/{part}/")
        for part in ("about", "sections/billing", "sections/other-1", "history", "documentation", "similar", "sources")
    },
    "part kept": goto("/write/{other}/part/about/"),
    "part with a row more": two_rows,
    "part previewed": previewed,
    "part with problems": with_problems,
    "part, with errors": refused("/write/{code}/part/about/", "Save", title=""),
    "part overtaken": overtaken("/write/{code}/part/sections/billing/", "sections/billing", "Save", body="Theirs."),
    "remove a section": goto("/write/{code}/sections/billing/remove/"),
    "changes": goto("/write/{code}/changes/"),
    "rules": goto("/write/{code}/rules/"),
    "rule": goto("/write/{code}/rules/units/"),
    "rule, with errors": refused("/write/{code}/rules/units/", "Store", param_per="0"),
    "rule overtaken": overtaken("/write/{code}/rules/units/", "rules/units", "Store", source="Another source"),
    "new rule": goto("/write/{code}/rules/new/diagnosis/"),
    "rules proposed": proposed,
    "rules, none chosen": none_chosen,
    "rule proposed": goto("/write/{code}/rules/validity/"),
    "examples": goto("/write/{code}/examples/"),
    "example": goto("/write/{code}/examples/{example}/"),
    "example, with errors": refused("/write/{code}/examples/{example}/", "Store", title=""),
    "example overtaken": overtaken("/write/{code}/examples/{example}/", f"examples/{FIRST}", "Store", title="Theirs"),
    "new example": goto("/write/{code}/new-example/"),
    "what was typed for one that is gone": left_behind,
    "try": goto("/write/{code}/try/"),
    "try the page": goto("/write/{code}/try/page/"),
    "try the page on a phone": goto("/write/{code}/try/page/?look=phone"),
    "try questions": goto("/write/{code}/try/{example}/questions/"),
    "try a question": question,
    "try a question, answered": asked_and_answered,
    "run": goto("/write/{code}/run/"),
    "run, with errors": refused("/write/{code}/run/", "Run them", cases="{"),
    "check": goto("/write/{code}/check/"),
    "review": goto("/write/{code}/review/"),
    "editions": goto("/write/{code}/editions/"),
    "cannot be tried": unreadable,
    "rule that cannot be read": goto("/write/{code}/rules/units/"),
}


def graded_again(page: Page, shown: Shown) -> None:
    """Everybody's answer, judged by the page as it is now."""
    goto("/write/{code}/regrade/")(page, shown)
    send(page, "again", why="The payer asks for each session")
    expect(page.locator("main")).to_contain_text("2 judged otherwise")


def under_way(page: Page, shown: Shown) -> None:
    """The same while it is running."""
    Regrade.objects.update(state=Regrade.State.RUNNING, finished_at=None)
    page.goto(f"/write/regrades/{Regrade.objects.get().pk}/")
    expect(page.get_by_role("button", name="Begin it again")).to_be_visible()
    page.locator("#as-now").focus()  # and stays there while the page asks how far it is


ANSWERS: dict[str, Opener] = {
    "reports": goto("/write/reports/"),
    "reports, none": goto("/write/reports/?kind=zzz"),
    "a report": goto("/write/reports/{report}/"),
    "a report answered": goto("/write/reports/{answered}/"),
    "a report, with errors": refused("/write/reports/{report}/", "Send the answer", text=""),
    "questions": goto("/write/items/"),
    "questions by rule": goto("/write/items/?by=rules"),
    "questions, none": goto("/write/items/?format=zzz"),
    "questions of a page": goto("/write/{code}/items/"),
    "a question": goto("/write/items/{item}/"),
    "grade again": goto("/write/{code}/regrade/"),
    "grade again, with errors": refused("/write/{code}/regrade/", "again", why=""),
    "a regrade": graded_again,
    "a regrade under way": under_way,
}


def looked_at(page: Page, shown: Shown) -> None:
    """Public files before they are loaded: one that does not say for whom it is, one that is refused."""
    page.goto("/write/data/")
    files = [public_file(shown.folder, "ptp", name="edits-2026q1.txt"), public_file(shown.folder, "mue")]
    (shown.folder / "letter.txt").write_text("Dear colleague,")
    page.locator("main [type=file]").set_input_files([*files, shown.folder / "letter.txt"])
    page.get_by_role("button", name="Look at the files").click()
    expect(page.locator("main")).to_contain_text("2 of 3 files can be loaded")
    assert page.evaluate(FOCUS_IS_SOMEWHERE)


def unsaid(page: Page, shown: Shown) -> None:
    """The same, and nobody said for whom it is."""
    looked_at(page, shown)
    page.get_by_role("button", name="Load 2 files").click()
    expect(page.locator(".errors")).to_be_focused()


def all_loaded(page: Page, shown: Shown) -> None:
    """The same, loaded."""
    looked_at(page, shown)
    page.get_by_label("For whom").select_option("hospital")
    page.get_by_role("button", name="Load 2 files").click()
    expect(page.locator("h2")).to_have_text("Loaded")


def loading(state: str, **news: Any) -> Opener:
    """A load that is somewhere on its way."""

    def opened(page: Page, shown: Shown) -> None:
        files = [{"file": "1" * 64, "name": "edits.txt", "quarter": "", "setting": ""}]
        told = {"load": True, "by": shown.educator.pk, "files": files, "rows": 8192, "of": 2, "seconds": 2.0}
        told |= {"now": "edits.txt", "done": [], "why": "", "state": state, "at": time.time(), **news}
        uploads.tell("1" * 64, told)
        page.goto(f"/write/data/loads/{'1' * 64}/")
        if page.locator("#look-again").count():
            page.locator("#look-again").focus()  # and stays there while the page asks how far it is

    return opened


def removing(page: Page, shown: Shown) -> None:
    """What rests on a release."""
    page.goto(f"/write/data/{Release.objects.all()[0].pk}/remove/")


DATA: dict[str, Opener] = {
    "nothing loaded": goto("/write/data/"),
    "no file chosen": refused("/write/data/", "Look at the files"),
    "looked at": looked_at,
    "not all said": unsaid,
    "a load under way": loading("running"),
    "a load that waits": loading("waiting", at=0, rows=0, now=""),
    "a load refused": loading("refused", now="", why="edits.txt, line 7, column 1: “x” is no code."),
    "a load that stopped": loading("running", at=0),
    "loaded": all_loaded,
    "what is loaded": goto("/write/data/"),
    "removing": removing,
}


@dataclass(kw_only=True)
class Walk:
    """Goes from screen to screen, looks at each, and remembers which addresses it was on."""

    witness: Witness
    subtests: pytest.Subtests

    def __call__(self, page: Page, shown: Shown, screens: dict[str, Opener]) -> set[str]:
        """Each screen is a subtest of its own. The names of the addresses that were seen."""
        self.witness.expect(*MEANT, "status of 409")
        seen = set()
        for name, opened in screens.items():
            with self.subtests.test(name):
                opened(page, shown)
                seen.add(resolve(page.evaluate("location.pathname")).url_name)
                expect(page.locator("h1")).to_have_count(1)
                check_screen(page)
        return seen


@pytest.fixture
def walk(witness: Witness, subtests: pytest.Subtests) -> Walk:
    """Over the screens of the editor."""
    return Walk(witness=witness, subtests=subtests)


#: Which walk sees which address.
WHERE = {
    "all pages": {
        "desk", "write_new", "write_page", "write_rules", "check_page", "review_page", "compare_editions", "page_items",
        "problems", "from_files", "take_up", "reviews", "revision", "coming", "trail", "words", "word", "word_new",
        "files", "files_progress",
    },
    "writing": {
        "write_page", "write_part", "section_remove", "page_trail", "write_rules", "write_rule", "write_rule_new",
        "write_examples", "write_example", "write_example_new", "kept_text", "try_draft", "try_page", "try_questions",
        "try_question", "run_draft", "check_page", "review_page", "compare_editions",
    },
    "public data": {"data", "data_load", "data_remove"},
    "answers": {"disputes", "dispute", "items", "page_items", "item", "regrade_new", "regrade"},
}  # fmt: skip


def test_every_address_of_the_editor_is_looked_at() -> None:
    assert set().union(*WHERE.values()) == {one.name for one in urlpatterns} - NO_PAGES


@pytest.mark.long
def test_every_screen_about_all_pages(open_as: OpenAs, walk: Walk, shown: Shown) -> None:
    assert walk(open_as(shown.educator), shown, ALL_PAGES) == WHERE["all pages"]


@pytest.mark.long
def test_every_screen_for_writing(open_as: OpenAs, walk: Walk, shown: Shown) -> None:
    assert walk(open_as(shown.educator), shown, WRITING) == WHERE["writing"]


def test_every_screen_about_public_data(open_as: OpenAs, walk: Walk, shown: Shown) -> None:
    assert walk(open_as(shown.educator), shown, DATA) == WHERE["public data"]


def test_every_screen_about_answers(open_as: OpenAs, walk: Walk, shown: Shown) -> None:
    assert walk(open_as(shown.educator), shown, ANSWERS) == WHERE["answers"]
