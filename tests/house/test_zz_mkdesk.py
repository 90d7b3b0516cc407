import pytest
from tests.house.test_desk import *


@pytest.mark.django_db
def test_make(world, visitors):
    out = [
        "# What base A's editor is answered at each address of Wagtail's desk, GET then POST, where the",
        "# address names base B's draft or files. Letters as in roles.py. Read with test_desk.py.",
    ]
    for route in desk_routes():
        path = address(route, world.b)
        out.append(
            outcome_of(visitors.get("editor-a", path)) + outcome_of(visitors.post("editor-a", path)) + " " + route
        )
    LIST.write_text("\n".join(out) + "\n")
