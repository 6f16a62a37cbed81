"""Where what was typed is gone on with."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from editorial import autosaving
from editorial.places import unsaved_url
from tests.editorial.pages import sent


@pytest.mark.parametrize(
    ("part", "leads_to"),
    [
        ("about", "part/about/"),
        ("sections/billing", "part/sections/billing/"),
        ("rules/units", "rules/units/"),
        ("rules/not-with-2", "rules/new/not-with/"),
        ("rules/not-with-7", "kept/rules/not-with-7/"),
        ("rules/patient", "rules/new/patient/"),
        ("rules/of-no-kind", "kept/rules/of-no-kind/"),
        ("examples/never-stored", "kept/examples/never-stored/"),
        ("examples/solitary-iliac-metastasis", "examples/solitary-iliac-metastasis/"),
        ("examples/new", "new-example/"),
    ],
)
def test_what_was_typed_is_gone_on_with_where_it_was_typed(
    as_educator: Client, educator: User, bone_code: Code, part: str, leads_to: str
) -> None:
    autosaving.keep(educator, bone_code, part, sent(), at=timezone.now())
    url = unsaved_url(bone_code, part)
    assert url == f"/write/{bone_code.number}/{leads_to}"
    assert as_educator.get(url).status_code == 200


def test_the_desk_leads_back_to_a_rule_that_was_never_stored(
    as_educator: Client, educator: User, bone_code: Code
) -> None:
    autosaving.keep(educator, bone_code, "rules/patient", sent(param_least_age="12"), at=timezone.now())
    assert f"/write/{bone_code.number}/rules/new/patient/" in as_educator.get("/write/").text
