"""Every screen, in every state: nothing that axe finds, in light and in dark, and no sideways scroll on a phone."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Preferences, User
from codes.models import Code, Rule
from editorial.models import Revision
from quizzes import exams, practice
from quizzes.drawing import Recipe
from quizzes.formats import FORMAT, FORMATS, Format
from quizzes.models import Attempt, Exam, RuleMemory, Scenario
from rulebook.kinds import KINDS
from tests.browser.actions import answer_rightly, answer_with_guidance, check, fill, give, item_in, wait_for
from tests.browser.conftest import PLAIN, OpenAs, Witness
from tests.browser.screens import MEANT, check_screen, unfold

ARTICLE = """How To Use CPT Code 29999

CPT code 29999 describes an imaginary service.

1. What is CPT Code 29999?

An imaginary service that is reported once for each session.

2. Billing guidelines

Code 29999 should not be reported in conjunction with codes 29997 or 29998.
"""
#: Nothing of htmx is on its way where there is none of these.
IN_MOTION = ".htmx-request, .htmx-swapping, .htmx-settling"
#: Screens that an address is enough for.
READING = {
    "home": "/",
    "all codes": "/codes/",
    "results": "/codes/?q=cryo",
    "results for a slip of the pen": "/codes/?q=cryoablaton",
    "no results": "/codes/?q=zzzzzz",
    "results, narrowed": "/codes/?q=ablation&system=CPT&valid=1&dos=2014-12-31",
    "results, a date that is none": "/codes/?q=cryo&dos=yesterday",
    "reference page": "/codes/20983/",
    "reference page, past": "/codes/20983/?dos=2020-02-29",
    "reference page, future": "/codes/20983/?dos=2999-01-01",
    "reference page, before the code": "/codes/20983/?dos=2014-12-31",
    "reference page, a date that is none": "/codes/20983/?dos=yesterday",
    "reference page of an add-on": "/codes/77002/",
    "rules": "/rules/",
    **{f"rule: {kind.id}": f"/rules/{kind.id}/" for kind in KINDS},
    "sign in": "/accounts/login/",
    "nothing here": "/codes/99999/",
}
Opener = Callable[[Page, Attempt], Any]
#: The formats beside the two whose screens are walked one by one.
OTHERS = [format for format in FORMATS if format.id not in PLAIN.formats]


def wrong_sign_in(page: Page, attempt: Attempt) -> None:
    """Refused, with a message."""
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("main")).to_contain_text("not correct")


def question(format: str) -> Opener:
    """A question before it is answered."""
    return lambda page, attempt: page.goto(item_in(attempt, format).get_absolute_url())


def clean(format: str) -> Opener:
    """A question after the right answer."""
    return lambda page, attempt: answer_rightly(page, item_in(attempt, format))


def blank(format: str) -> Opener:
    """A question that was sent blank."""

    def opened(page: Page, attempt: Attempt) -> None:
        page.goto(item_in(attempt, format).get_absolute_url())
        check(page)
        expect(page.locator(".errors")).to_be_visible()

    return opened


def wrong_option(page: Page, attempt: Attempt) -> None:
    """Feedback on an option that is not the accepted claim."""
    item = item_in(attempt, "choose-the-code")
    page.goto(item.get_absolute_url())
    page.locator(f".options input:not([value='{item.version.key['option']}'])").first.check()
    check(page)
    expect(page.locator("#verdict")).to_contain_text("Not yet clean")


def wrong_claim(page: Page, attempt: Attempt) -> None:
    """Feedback on a claim with a bundled line, everything unfolded."""
    answer_with_guidance(page, item_in(attempt, "code-the-claim"))
    unfold(page)


def section_beside(page: Page, attempt: Attempt) -> None:
    """A cited section beside the question."""
    answer_with_guidance(page, item_in(attempt, "code-the-claim", guided=True))
    page.locator(".findings .evidence a[href$='#billing']").first.click()
    expect(page.locator("#beside-h")).to_be_focused()


def given_up(page: Page, attempt: Attempt) -> None:
    """Feedback without an answer."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.get_by_role("button", name="I do not know").click()
    expect(page.locator("#verdict")).to_be_visible()


def claim_with_errors(page: Page, attempt: Attempt) -> None:
    """As much as can be wrong in two lines."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.get_by_role("button", name="Add a line").click()
    fill(page, {"diagnosis-A": "?", "line-0-code": "2098", "line-0-units": "many", "line-1-code": "20983"})
    fill(page, {"line-1-modifiers": "ABC", "line-1-pointers": "L"})
    check(page)
    expect(page.locator(".errors")).to_be_visible()


def two_lines(page: Page, attempt: Attempt) -> None:
    """The claim form with a line that can be removed."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.get_by_role("button", name="Add a line").click()
    expect(page.locator("#line-1-code")).to_be_visible()


def three_diagnoses(page: Page, attempt: Attempt) -> None:
    """The claim form with diagnoses that were moved."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    fill(page, {"diagnosis-A": "C79.51", "diagnosis-B": "S72.001A", "diagnosis-C": ""})
    page.get_by_role("button", name="Move diagnosis B up").click()
    expect(page.locator("#changed")).to_be_visible()


def summary(page: Page, attempt: Attempt) -> None:
    """A set with a right answer, a wrong one, and open questions."""
    answer_rightly(page, item_in(attempt, "choose-the-code"))
    answer_with_guidance(page, item_in(attempt, "code-the-claim"))
    page.goto(attempt.get_absolute_url())


def finished(page: Page, attempt: Attempt) -> None:
    """A set to the end."""
    for item in attempt.items.select_related("version__question"):
        practice.submit(item, attempt.pk, practice.I_DO_NOT_KNOW)
    page.goto(attempt.get_absolute_url())


def left_open(page: Page, attempt: Attempt) -> None:
    """A question of a set that was finished before it was answered."""
    practice.finish(attempt, timezone.now())
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    expect(page.locator("main")).to_contain_text("This set is finished")


def older_copy(page: Page, attempt: Attempt) -> None:
    """What waited in this browser, beside what another page stored meanwhile."""
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    page.locator("#line-0-code").fill("11111")
    page.goto("/codes/")
    wait_for(page, item.answers.exists)
    other = FORMAT["code-the-claim"].draft(QueryDict("lines=1&line-0-code=29881"))
    practice.save_draft(item, attempt.pk, other)
    page.goto(item.get_absolute_url())
    expect(page.locator("#held")).to_be_visible()


def expired(page: Page, attempt: Attempt) -> None:
    """A form with a stale token, sent without script."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.locator("#line-0-code").fill("11111")
    page.context.clear_cookies(name="csrftoken")
    page.evaluate("document.getElementById('answer-form').submit()")
    expect(page.get_by_role("button", name="Send it again")).to_be_visible()


def unfolded(page: Page, attempt: Attempt) -> None:
    """The reference page with every example open."""
    page.goto("/codes/20983/")
    unfold(page)


def not_sent(page: Page, attempt: Attempt) -> None:
    """The note that an answer did not arrive."""
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.context.set_offline(True)
    check(page)
    expect(page.locator("#not-sent")).to_be_visible()
    page.context.set_offline(False)


def goto(address: str) -> Opener:
    """An address is enough."""
    return lambda page, attempt: page.goto(address)


def tried(page: Page, attempt: Attempt) -> None:
    """A claim on the page where nothing is stored."""
    page.goto("/try/")
    page.locator("#service-0-procedure").focus()
    page.locator("#service-0-procedure").select_option("ablation")
    page.locator("#service-0-site").select_option("bone")
    page.locator("#line-0-code").fill("20983")
    page.locator("form[data-check] .buttons .check").click()
    expect(page.locator("#verdict")).to_be_focused()


def marked(page: Page, attempt: Attempt) -> None:
    """A question with all that can be done to it before the answer."""
    Preferences.objects.update_or_create(person=attempt.person, defaults={"ask_certainty": True, "shortcuts": True})
    page.goto(item_in(attempt, "choose-the-code").get_absolute_url())
    for button in ("Flag", "Mark fact 1", "Rule out option 2", "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3"):
        # A press while the page of the one before is still on its way would be lost.
        with page.expect_response(lambda response: response.request.method == "POST" and "draft" not in response.url):
            page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(IN_MOTION)).to_have_count(0)
    expect(page.get_by_role("complementary", name="Hints")).to_contain_text("no longer counts")


def noted(page: Page, attempt: Attempt) -> None:
    """A note on a question, in the notebook."""
    answer_rightly(page, item_in(attempt, "choose-the-code"))
    page.locator("summary", has_text="Report a problem").click()
    page.get_by_label("I disagree with the grading").check()
    page.get_by_label("In your words").fill("The page says otherwise.")
    page.get_by_role("button", name="Send to the educators").click()
    expect(page.locator("#report-said")).to_contain_text("Sent to the educators")
    page.locator("summary", has_text="Note").click()
    page.get_by_label("Note on this question").fill("Guidance is part of it.")
    page.get_by_role("button", name="Add to notebook").click()
    expect(page.locator("#note-said")).to_contain_text("In your notebook")
    page.goto("/notebook/")
    expect(page.locator("main")).to_contain_text("Guidance is part of it.")


def sitting(state: str, **terms: Any) -> Opener:
    """An exam that somebody is at: before it, in it, after it, too late for it."""

    def opened(page: Page, attempt: Attempt) -> None:
        attempt.exam = Exam.objects.create(title=f"Exam, {state}", minutes=30, is_open=True, **terms)
        Attempt.objects.filter(pk=attempt.pk).update(
            mode=Attempt.Mode.EXAM, exam=attempt.exam, minutes=30, begun_at=None, sequential="order" in terms
        )
        attempt.refresh_from_db()
        item = item_in(attempt, "choose-the-code")
        if state != "cover":
            exams.begin(attempt, timezone.now())
        if state in ("late", "waiting", "result", "review"):
            practice.save_draft(item, uuid4(), {"option": "1"})
        if state in ("late", "waiting", "result"):
            exams.finish(attempt, timezone.now())
        if state in ("waiting", "result", "late"):
            practice.save_draft(item, uuid4(), {"option": "2"}, at=timezone.now())
        page.goto(attempt.exam.get_absolute_url() if state == "exam" else attempt.get_absolute_url())
        if state == "question":
            page.goto(item.get_absolute_url())
        if state == "blank":
            page.goto(attempt.items.all()[0].get_absolute_url())
            page.locator("form[data-check] .buttons .check").click()
            expect(page.locator(".errors")).to_be_visible()

    return opened


def due(address: str) -> Opener:
    """A day with rules to review, and some that were broken twice."""

    def opened(page: Page, attempt: Attempt) -> None:
        for item in attempt.items.select_related("version__question")[:3]:
            practice.submit(item, attempt.pk, practice.I_DO_NOT_KNOW)
        RuleMemory.objects.filter(person=attempt.person).update(due=timezone.now())
        page.goto(address)
        expect(page.get_by_role("button", name="Review")).to_be_visible()
        unfold(page)

    return opened


PRACTISING: dict[str, Opener] = {
    "review, nothing due": goto("/review/"),
    "reference page, unfolded": unfolded,
    "home with sets": goto("/"),
    "today, with reviews due": due("/"),
    "review": due("/review/"),
    "practice": goto("/practice/"),
    "try it": goto("/try/"),
    "try it, judged": tried,
    "claim": question("code-the-claim"),
    "claim, two lines": two_lines,
    "claim, three diagnoses": three_diagnoses,
    "claim, sent blank": blank("code-the-claim"),
    "claim, with errors": claim_with_errors,
    "claim, not sent": not_sent,
    "claim, clean": clean("code-the-claim"),
    "claim, not clean": wrong_claim,
    "claim, section beside": section_beside,
    "claim, given up": given_up,
    "choice": question("choose-the-code"),
    "choice, sent blank": blank("choose-the-code"),
    "choice, clean": clean("choose-the-code"),
    "choice, not clean": wrong_option,
    "summary, just begun": lambda page, attempt: page.goto(attempt.get_absolute_url()),
    "summary": summary,
    "summary, finished": finished,
    "question, marked": marked,
    "question, left open": left_open,
    "question, an older copy beside it": older_copy,
    "form that had expired": expired,
    "progress": goto("/progress/"),
    "mistakes": goto("/mistakes/"),
    "settings": goto("/settings/"),
    "notebook": goto("/notebook/"),
    "notebook, a note": noted,
    "exam": sitting("exam"),
    "exam, cover": sitting("cover"),
    "exam, question": sitting("question"),
    "exam, left blank": sitting("blank", order="sequential"),
    "exam, review": sitting("review"),
    "exam, result": sitting("result", pass_percent=70),
    "exam, results held back": sitting("waiting", release="by author"),
    "not for this account": goto("/articles/read/"),
    "sign out": goto("/accounts/logout/"),
}


def read_article(page: Page, text: str) -> None:
    """Paste a text and send it."""
    page.goto("/articles/read/")
    page.get_by_label("Or paste the text").fill(text)
    page.get_by_role("button", name="Read the article").click()


def nothing_to_read(page: Page, attempt: Attempt) -> None:
    """The form refused."""
    read_article(page, "")
    expect(page.locator("main")).to_contain_text("Choose a file or paste")


def article_read(page: Page, attempt: Attempt) -> None:
    """What was understood."""
    read_article(page, ARTICLE)
    expect(page.locator("#report-h")).to_contain_text("29999: what was understood")
    unfold(page)


def publishing(page: Page, attempt: Attempt) -> None:
    """The page on which a code's draft is checked and published, as the admin leads there."""
    page.goto(f"/admin/codes/code/{attempt.code_id}/publish/")
    expect(page).to_have_url(re.compile(r"/write/20983/review/$"))


def publishing_a_change(page: Page, attempt: Attempt) -> None:
    """There is something to publish."""
    Code.objects.filter(number="20983").update(summary="Another summary.")
    publishing(page, attempt)
    expect(page.locator("main")).to_contain_text("What changes, and why")
    unfold(page)


def publishing_without_a_reason(page: Page, attempt: Attempt) -> None:
    """The form refused."""
    publishing_a_change(page, attempt)
    page.get_by_label("What changes, and why").fill("  ")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".errors")).to_be_focused()


def published(page: Page, attempt: Attempt) -> None:
    """The page says that it is published; the reader sees the older edition marked."""
    publishing_a_change(page, attempt)
    page.get_by_label("What changes, and why").fill("A shorter summary")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("main")).to_contain_text("published as edition 2")
    page.goto("/codes/20983/?edition=1")
    expect(page.locator(".banner")).to_contain_text("not the newest")


def handed_in(page: Page, attempt: Attempt) -> None:
    """A revision on its way, with everything that may be done with it."""
    Code.objects.filter(number="20983").update(summary="A third summary.")
    publishing(page, attempt)
    page.get_by_label("What changes, and why").fill("A third summary")
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("It can be published now")
    unfold(page)


def scheduled(page: Page, attempt: Attempt) -> None:
    """The queue with a revision that has its day."""
    revision = Revision.objects.open().get(code=attempt.code_id)
    page.goto(f"/write/reviews/{revision.pk}/")
    unfold(page)
    page.get_by_label("Goes live on").fill("2099-01-01")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator("main")).to_contain_text("Goes live on January 1, 2099")
    page.goto("/write/reviews/")
    expect(page.locator("main")).to_contain_text("Scheduled (1)")


def comparing(page: Page, attempt: Attempt) -> None:
    """Two editions, side by side in words."""
    page.goto("/write/20983/editions/")
    expect(page.locator(".diff ins")).to_contain_text("Another summary")  # its full stop was there before
    unfold(page)


def publishing_with_an_error(page: Page, attempt: Attempt) -> None:
    """Lint stands in the way."""
    Rule.objects.filter(code=attempt.code_id, slug="units").update(section="nowhere")
    publishing(page, attempt)
    expect(page.locator("main")).to_contain_text("An error stands in the way")


def rule_page(slug: str, page_of: str = "change") -> Opener:
    """A rule in the admin."""

    def opened(page: Page, attempt: Attempt) -> None:
        rule = Rule.objects.get(code=attempt.code_id, slug=slug)
        page.goto(f"/admin/codes/rule/{rule.pk}/{page_of}/")

    return opened


def picking(page: Page, attempt: Attempt) -> None:
    """The first step of a new rule."""
    page.goto(f"/admin/codes/code/{attempt.code_id}/change/")
    page.get_by_role("link", name="Add a rule").click()
    expect(page.locator("main")).to_contain_text("What kind of rule is it?")


def picking_nothing(page: Page, attempt: Attempt) -> None:
    """The first step, refused."""
    picking(page, attempt)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_contain_text("Choose one kind of rule.")


def new_rule(page: Page, attempt: Attempt) -> None:
    """The second step: a field for each parameter."""
    picking(page, attempt)
    page.get_by_label("Global period", exact=True).check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Short name")).to_have_value("global-period")


def new_rule_with_errors(page: Page, attempt: Attempt) -> None:
    """The form refused."""
    new_rule(page, attempt)
    page.get_by_label("Days").fill("011")
    page.get_by_label("Visits, row 1: name").fill("procedure")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.get_by_label("Visits, row 1: name")).to_have_value("procedure")


def rule_added(page: Page, attempt: Attempt) -> None:
    """Back on the page that has it now."""
    new_rule(page, attempt)
    page.get_by_label("Days").fill("010")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#rules")).to_contain_text("global-period")


def proposed_rule(page: Page, attempt: Attempt) -> None:
    """A rule that waits for a person."""
    origin = {"sentence": "It is reported once."}
    Rule.objects.filter(code=attempt.code_id, slug="units").update(state=Rule.State.PROPOSED, origin=origin)
    rule_page("units")(page, attempt)
    unfold(page)
    expect(page.get_by_role("button", name="Save and accept")).to_be_visible()


def questions_of_a_scenario(page: Page, attempt: Attempt) -> None:
    """What a scenario gives, note by note."""
    scenario = Scenario.objects.live().of("20983")[0]
    page.goto(f"/admin/quizzes/scenario/{scenario.pk}/questions/")
    unfold(page)


#: In this order: a later screen has the changes of the earlier ones.
EDITING: dict[str, Opener] = {
    "upload": goto("/articles/read/"),
    "upload, refused": nothing_to_read,
    "upload, read": article_read,
    "admin": goto("/admin/"),
    "admin, codes": goto("/admin/codes/code/"),
    "admin, a page": lambda page, attempt: page.goto(f"/admin/codes/code/{attempt.code_id}/change/"),
    "admin, questions of a scenario": questions_of_a_scenario,
    "admin, phrases": goto("/admin/codes/phrase/"),
    "admin, rules": goto("/admin/codes/rule/"),
    "admin, a rule": rule_page("not-with"),
    "admin, a rule's end": rule_page("not-with", "delete"),
    "publish, nothing to do": publishing,
    "publish": publishing_a_change,
    "publish, without a reason": publishing_without_a_reason,
    "an older edition": published,
    "a revision": handed_in,
    "reviews": scheduled,
    "what breaks": goto("/write/coming/?on=2099-01-01"),
    "editions": comparing,
    "publish, stopped": publishing_with_an_error,
    "a new rule, first step": picking,
    "a new rule, nothing picked": picking_nothing,
    "a new rule, second step": new_rule,
    "a new rule, with errors": new_rule_with_errors,
    "a new rule, added": rule_added,
    "a proposed rule": proposed_rule,
}


@pytest.fixture
def new_attempt(trainee: User, bone_code: Code) -> Callable[[], Attempt]:
    """The same set of ten, begun anew for each screen."""
    return lambda: practice.start(trainee, bone_code, seed=1, recipe=PLAIN)


@pytest.mark.long
def test_every_screen_for_reading(
    open_as: OpenAs, starter_library: None, witness: Witness, subtests: pytest.Subtests
) -> None:
    witness.expect(*MEANT)
    page = open_as()
    for name, address in READING.items():
        with subtests.test(name):
            page.goto(address)
            check_screen(page)


@pytest.mark.long
def test_every_screen_for_practising(
    page: Page, new_attempt: Callable[[], Attempt], witness: Witness, subtests: pytest.Subtests
) -> None:
    witness.expect(*MEANT)
    for name, opened in PRACTISING.items():
        with subtests.test(name):
            opened(page, new_attempt())
            check_screen(page)


@pytest.mark.parametrize("format", OTHERS, ids=lambda format: format.id)
def test_every_format_before_and_after_the_answer(
    page: Page, trainee: User, bone_code: Code, format: Format, witness: Witness, subtests: pytest.Subtests
) -> None:
    witness.expect(*MEANT)
    recipe = Recipe(formats=(format.id,), size=3)
    asked, blank, wrong = practice.start(trainee, bone_code, seed=2, recipe=recipe).items.select_related(
        "version__question"
    )
    with subtests.test("asked and answered rightly"):
        give(page, asked, format.right(asked.version))
        check_screen(page)
        check(page)
        expect(page.locator("#verdict")).to_contain_text(format.verdicts[0])
        check_screen(page)
    with subtests.test("sent blank"):
        page.goto(blank.get_absolute_url())
        check(page)
        expect(page.locator(".errors")).to_be_visible()
        check_screen(page)
    with subtests.test("not known"):
        page.goto(wrong.get_absolute_url())
        page.get_by_role("button", name="I do not know").click()
        expect(page.locator("#verdict")).to_contain_text(format.verdicts[1])
        unfold(page)
        check_screen(page)


@pytest.mark.long
def test_every_screen_for_editing(
    open_as: OpenAs, educator: User, attempt: Attempt, witness: Witness, subtests: pytest.Subtests
) -> None:
    witness.expect(*MEANT)
    page = open_as(educator)
    for name, opened in EDITING.items():
        with subtests.test(name):
            opened(page, attempt)
            check_screen(page)
