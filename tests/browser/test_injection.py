"""Whatever somebody types, nobody's browser runs it, loads it or sends anything away because of it."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps
from django.db.models import QuerySet
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User, audit
from codes.models import Code
from codes.pages import read_page, write_page
from codes.publish import publish
from courses.models import Assignment, Course, CourseItem, Membership, Team
from quizzes import practice
from quizzes.models import Answer, Exam, Note, Report, Scenario
from tests.browser.conftest import PLAIN, OpenAs, Witness
from tests.browser.payloads import packed, payloads
from tests.browser.screens import MEANT
from tests.quizzes.learning import give
from tests.test_access import TABLE, address
from tests.test_docs import OWN_APPS as OWN

ALL = payloads()
#: Who looks at an address, if they may: the one who sees most of it first.
SEEING = {"admin": "admin", "manager": "manager", "owner": "trainee"}
#: Addresses that are files to take along.
FILES = frozenset(
    {"team_export", "certificate_pdf", "trail_file", "files_export", "page_export", "my_data", "code_data_edits"}
)
SHORT = [one for one in ALL if "\n" not in one]
#: Runs before anything of the page: what a payload would call, and what a browser shows by itself.
HOOK = """
window.caught = [];
window.xss = (...given) => { window.caught.push('xss ' + given); };
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = () => { window.caught.push(name); };
"""
#: What no text may leave in a page: handlers, addresses that are scripts, elements that load or send.
LEFT = """() => {
  const found = [...window.caught];
  for (const one of document.querySelectorAll('main *, #content *')) {
    for (const {name, value} of one.attributes) {
      if (/^on/.test(name)) found.push(one.tagName + ' ' + name);
      const leads = /^(href|src|action|formaction|xlink:href|data|srcset|background)$/.test(name);
      let to = null;
      try { to = new URL(value.split(' ')[0], document.baseURI); } catch { /* leads nowhere */ }
      const astray = to && (!['http:', 'https:', 'mailto:'].includes(to.protocol) || to.host === 'evil.test');
      if (leads && astray) found.push(name + '=' + value);
      const runs = /hx-on/.test(name) || /js:|xss|evil/.test(value);
      if (/^(data-)?hx-/.test(name) && runs) found.push(one.tagName + ' ' + name + '=' + value);
      if (name === 'style') found.push('style=' + value);
    }
    if (/^(iframe|object|embed|base|meta|style|marquee|audio|video|math)$/i.test(one.tagName)) found.push(one.tagName);
  }
  return found;
}"""


def rows(field: str, texts: Iterable[str], **more: Any) -> list[dict[str, Any]]:
    return [{field: text, **more} for text in texts]


@pytest.fixture
def poisoned(transactional_db: None, bone_code: Code, educator: User) -> Code:
    """A published page with every payload in every one of its texts."""
    Scenario.objects.update(active=False)
    body = "\n\n".join(ALL) + "\n\n" + "\n".join(f"- {one}" for one in SHORT) + "\n\n| a |\n|---|\n" + "\n".join(
        f"| {one} |" for one in SHORT
    )  # fmt: skip
    example = next(one for one in read_page(bone_code)["examples"] if one["slug"] == "solitary-iliac-metastasis")
    titles = packed(SHORT, 120)
    code = write_page(
        read_page(bone_code) | {
            "title": packed(SHORT, 200)[0],
            "summary": "\n".join(ALL),
            "search_words": SHORT[:50],
            "sections": [
                {**section, "heading": titles[place], "body": body if place < 2 else "\n\n".join(ALL[place::9])}
                for place, section in enumerate(read_page(bone_code)["sections"])
            ] + [{"slug": "other-1", "heading": titles[20], "body": body}],
            "rules": [{**rule, "source": packed(SHORT, 200)[place]}
                      for place, rule in enumerate(read_page(bone_code)["rules"])],
            "history": rows("text", packed(ALL, 2000), kind="revised", date="2020-01-01", successor=""),
            "documentation": [
                *read_page(bone_code)["documentation"],
                *({"slug": f"x-{n}", "text": text} for n, text in enumerate(packed(SHORT, 300))),
            ],
            "similar": [{"number": f"{20000 + n}", "gloss": text} for n, text in enumerate(packed(SHORT, 300))],
            "sources": [{"title": text, "note": "\n".join(ALL), "url": ""} for text in packed(SHORT, 200)[:20]],
            "examples": [
                example | {"title": titles[1], "narrative": f"{example['narrative']}\n" + "\n".join(
                    one.replace("](", "] (") for one in SHORT)},
                *({"slug": f"x-{n}", "title": title, "narrative": "\n".join(SHORT[n::40]), "encounter": {}}
                  for n, title in enumerate(titles[2:12])),
            ],
        }
    )  # fmt: skip
    publish(code, by=educator, why=SHORT[3])
    return code


def opened(page: Page, url: str) -> None:
    """Open a page, move over and into what is there, and see that nothing came of it."""
    page.goto(url, wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate("document.querySelectorAll('main *').forEach(one => one.dispatchEvent(new MouseEvent('mouseover')))")
    assert page.evaluate(LEFT) == [], url


def watched(page: Page) -> Page:
    page.add_init_script(HOOK)
    page.on("dialog", lambda dialog: pytest.fail(f"A dialog: {dialog.message}"))
    return page


def test_there_are_hundreds_of_payloads_of_every_kind() -> None:
    assert len(ALL) >= 300
    for word in ("<svg", "<math", "<base", "<style", "hx-get", "srcdoc", "vbscript:", "data:text", "refresh", "[x][r]"):
        assert any(word in one for one in ALL), word


def test_pages_questions_and_feedback_show_what_was_typed(
    open_as: OpenAs, poisoned: Code, trainee: User, witness: Witness
) -> None:
    page = watched(open_as(trainee))
    opened(page, poisoned.get_absolute_url())
    text = page.locator("main").inner_text()
    for one in ("<script>xss(1)</script>", "<img src=x onerror=xss(1)>", "<base href=//evil.test/>"):
        assert one in text
    opened(page, f"{reverse('find_codes')}?q=20983")
    opened(page, f"{reverse('find_codes')}?q=%3Cscript%3Exss(1)%3C/script%3E%22onfocus=xss(1)%20x=")
    attempt = practice.start(trainee, poisoned, seed=1, recipe=PLAIN)
    items = list(attempt.items.select_related("version"))[:4]
    typed = "<script>xss(1)</script>"
    assert any(typed in item.version.prompt["narrative"] for item in items)
    for item in items:
        opened(page, item.get_absolute_url())
        assert (typed in page.locator("main").inner_text()) == (typed in item.version.prompt["narrative"])
        page.get_by_role("button", name="I do not know").click()
        page.locator("#verdict").wait_for()
        assert page.evaluate(LEFT) == []
    for name in ("home", "practice", "try_it", "review", "progress", "mistakes"):
        opened(page, reverse(name))


def test_notes_and_teams_and_courses_show_what_was_typed(
    open_as: OpenAs, poisoned: Code, trainee: User, manager: User, witness: Witness
) -> None:
    for text in ("\n".join(ALL[n::12]) for n in range(12)):
        Note.objects.create(person=trainee, text=text)
    team = Team.objects.create(name=packed(SHORT, 100)[0])
    trainee.first_name, trainee.last_name = "<img src=x onerror=xss(1)>", "<svg onload=xss(1)>"
    trainee.save()
    Membership.objects.create(team=team, person=trainee, cohort="<svg onload=xss(1)>"[:60])
    Membership.objects.create(team=team, person=manager, role=Membership.Role.MANAGER)
    courses = [
        Course.objects.create(title=title, summary="\n".join(ALL)[:2000], team=team)
        for title in packed(SHORT, 120)[:25]
    ]
    CourseItem.objects.create(course=courses[0], position=1, kind="page", code=poisoned, title=packed(SHORT, 120)[30])
    given = Assignment.objects.create(team=team, course=courses[0], person=trainee, assigned_by=manager)
    page = watched(open_as(trainee))
    opened(page, reverse("notebook"))
    opened(page, reverse("assignment", args=[given.pk]))
    opened(page, reverse("home"))
    page = watched(open_as(manager))
    for name, args in (
        ("teams", []), ("team", [team.pk]), ("people", [team.pk]), ("courses", []), ("course", [courses[0].pk]),
        ("course_preview", [courses[0].pk]), ("assign", [team.pk]), ("assignments", [team.pk]),
        ("heat_map", [team.pk]), ("member", [team.pk, trainee.pk]), ("team_settings", [team.pk]),
    ):  # fmt: skip
        opened(page, reverse(name, args=args))


def test_educators_and_administrators_see_what_was_typed(
    open_as: OpenAs, poisoned: Code, trainee: User, admin: User, witness: Witness
) -> None:
    attempt = practice.start(trainee, poisoned, seed=1, recipe=PLAIN)
    give(attempt.items.select_related("attempt__exam", "version__question")[0], practice.I_DO_NOT_KNOW)
    answer = Answer.objects.get(state=Answer.State.SUBMITTED)
    for text in ("\n".join(ALL[n::12])[:2000] for n in range(12)):
        Report.objects.create(answer=answer, person=trainee, kind="problem", text=text)
    page = watched(open_as(admin))
    witness.expect("htmx:")
    for name, args in (
        ("admin:codes_code_change", [poisoned.pk]), ("admin:codes_code_changelist", []),
        ("admin:codes_code_publish", [poisoned.pk]), ("admin:quizzes_report_changelist", []),
        ("admin:quizzes_report_change", [Report.objects.all()[0].pk]), ("admin:quizzes_scenario_changelist", []),
        ("desk", []), ("files", []),
    ):  # fmt: skip
        opened(page, reverse(name, args=args))


def test_a_file_that_is_looked_at_shows_what_it_says(
    open_as: OpenAs, poisoned: Code, educator: User, witness: Witness, tmp_path: Any, settings: Any
) -> None:
    from tests.archives import archive
    from tests.editorial.carrying import files_of
    from tests.editorial.carrying import page as small

    settings.IMPORTS_FOLDER = str(tmp_path / "imports")
    files: dict[str, str | bytes] = {"<img src=x onerror=xss(1)>/x.txt": "x"}
    for n, title in enumerate(packed(SHORT, 200)[:40]):
        files |= files_of(small(f"B{n:04d}", title=title, sections=[{"slug": "x", "heading": title, "body": ""}]))
    path = tmp_path / "<svg onload=xss(1)>.zip"
    path.write_bytes(archive(files))
    page = watched(open_as(educator))
    page.goto(reverse("files"))
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Show what it would do").click()
    page.locator("#plan-caption").wait_for()
    assert page.evaluate(LEFT) == []
    assert "<img src=x onerror=xss(1)>" in page.locator("main").inner_text()


#: Texts that people write freely, under whatever name a model has them.
FREE = frozenset(
    {
        "title", "summary", "text", "why", "name", "heading", "body", "note", "gloss", "narrative", "cohort", "remark",
        "first_name", "last_name", "source", "course_title", "team_name", "result", "unassigned_why", "revoked_why",
        "label", "error", "ce_provider",
    }
)  # fmt: skip
#: Not written by people here, or refused by the database itself.
KEPT = frozenset({"accounts.AuditEntry", "quizzes.Scenario", "codes.Phrase", "codes.Facet", "codes.PublishedCode"})


def poison_everything() -> int:
    """Put payloads into every free text of every row that there is; how many texts."""
    done = 0
    for model in [one for name in OWN for one in apps.get_app_config(name).get_models()]:
        fields = [one for one in model._meta.concrete_fields if one.name in FREE and not one.choices]
        texts = {one.name: packed(SHORT, min(one.max_length or 2000, 2000)) for one in fields}
        if not texts or model._meta.label in KEPT:
            continue
        for place, key in enumerate(model._default_manager.order_by("pk").values_list("pk", flat=True)[:60]):
            values = {name: these[place % len(these)] for name, these in texts.items()}
            QuerySet(model).filter(pk=key).update(**values)
            done += len(values)
    return done


@pytest.mark.long
@pytest.mark.usefixtures("teammate", "manager", "other_manager", "admin", "team")
def test_every_address_of_the_site_shows_what_was_typed(
    open_as: OpenAs, poisoned: Code, trainee: User, witness: Witness
) -> None:
    """The addresses are those of the table of access, so that a new page is looked at without being named here."""
    witness.expect(*MEANT, "status of 409", "status of 410", "status of 405")
    Exam.objects.create(title="Open to all", is_open=True)
    done = practice.start(trainee, poisoned, seed=2)
    give(done.items.select_related("attempt__exam", "version__question")[0], practice.I_DO_NOT_KNOW)
    attempt = practice.start(trainee, poisoned, seed=1)
    seen_by = {name: next((who for who in SEEING if TABLE[name][1][who] == 200), None) for name in TABLE}
    urls = {address(name, attempt): who for name, who in seen_by.items() if who and name not in FILES}
    audit(None, "draft changed", f"{poisoned.number}/sections/billing", before={"body": ALL}, after={}, why=ALL[3])
    assert poison_everything() > 200
    pages = {who: watched(open_as(User.objects.get(username=name))) for who, name in SEEING.items()}
    for url, who in urls.items():
        opened(pages[who], url)
    assert len(urls) > 80
