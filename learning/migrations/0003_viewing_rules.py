"""What a requirement says about viewing, a lecture's questions, and a learner's time to answer."""

from typing import ClassVar

import django.core.validators
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def guard_lessons_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the lessons' triggers anew: SQLite adds a column by copying the table, and drops them with the old one."""
    if schema_editor.connection.vendor == "sqlite":
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS learning_lesson_no_{operation.lower()} "
                f"BEFORE {operation} ON learning_lesson BEGIN "
                f"SELECT RAISE(ABORT, 'append-only: {operation} on learning_lesson is refused'); END"
            )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0002_append_only"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="lesson",
            name="check_questions",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="text_zh, text_en, after_s, options_zh, options_en, right (number of the right option).",
                verbose_name="questions for presence checks",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="check_time_percent",
            field=models.PositiveSmallIntegerField(
                default=100,
                help_text="An accommodation: 200 gives twice the usual time.",
                validators=[
                    django.core.validators.MinValueValidator(100),
                    django.core.validators.MaxValueValidator(1000),
                ],
                verbose_name="time for presence checks, percent",
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="asks_content_questions",
            field=models.BooleanField(default=False, verbose_name="checks may ask about the lecture"),
        ),
        migrations.AddField(
            model_name="requirement",
            name="counts_hidden",
            field=models.BooleanField(default=False, verbose_name="counts while the page is hidden"),
        ),
        migrations.AddField(
            model_name="requirement",
            name="counts_picture_in_picture",
            field=models.BooleanField(default=False, verbose_name="counts in picture-in-picture"),
        ),
        migrations.AddField(
            model_name="requirement",
            name="missed_check",
            field=models.CharField(
                choices=[
                    ("hold", "counting stops until a check is passed"),
                    ("rewind", "back to the last passed check"),
                ],
                default="hold",
                max_length=8,
                verbose_name="after a missed check",
            ),
        ),
        migrations.RunPython(guard_lessons_again, guard_lessons_again),
    ]
