"""The cms app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    """Registers cms, its receivers, and the forms of its page models."""

    name = "cms"
    verbose_name = _("Course desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers, and hand Wagtail the course form.

        NB: Wagtail looks for `base_form_class` on the model, but models know no
        forms; the two meet here, before any editor is built.
        """
        from cms import forms, receivers  # noqa: PLC0415 -- models are not ready sooner
        from cms.models import CoursePage  # noqa: PLC0415 -- as above

        CoursePage.base_form_class = forms.CoursePageForm
        receivers.connect()
