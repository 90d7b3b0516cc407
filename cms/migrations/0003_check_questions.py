"""Questions that a lecture may ask while it plays."""

from typing import ClassVar

import wagtail.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("cms", "0002_lay_site"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="lecture",
            name="check_questions",
            field=wagtail.fields.StreamField(
                [("question", 8)],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"label": "Question (Chinese)", "max_length": 200}),
                    1: ("wagtail.blocks.CharBlock", (), {"label": "Question (English)", "max_length": 200}),
                    2: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {
                            "default": 0,
                            "help_text": "Only of learners who have watched the second before it.",
                            "label": "Ask after this second",
                            "max_value": 86400,
                            "min_value": 0,
                        },
                    ),
                    3: ("wagtail.blocks.CharBlock", (), {"label": "Chinese", "max_length": 120}),
                    4: ("wagtail.blocks.CharBlock", (), {"label": "English", "max_length": 120}),
                    5: ("wagtail.blocks.BooleanBlock", (), {"label": "This is the right answer", "required": False}),
                    6: ("wagtail.blocks.StructBlock", [[("text_zh", 3), ("text_en", 4), ("is_right", 5)]], {}),
                    7: ("wagtail.blocks.ListBlock", (6,), {"label": "Answers", "max_num": 6, "min_num": 2}),
                    8: (
                        "wagtail.blocks.StructBlock",
                        [[("text_zh", 0), ("text_en", 1), ("after_s", 2), ("options", 7)]],
                        {},
                    ),
                },
                help_text="Asked now and then while the lecture plays, where the rule wants it. Without any, a tap will do.",
                verbose_name="questions for presence checks",
            ),
        ),
    ]
