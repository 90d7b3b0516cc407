"""The Celery application: workers sweep due rows, the rows are the truth.

A lost task costs time, never data: every task re-reads what is due (D6).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning.settings.embedded")

app = Celery("hourbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
