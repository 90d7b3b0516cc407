"""The learning app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    """Registers the centre of the star."""

    name = "learning"
    verbose_name = _("Learning")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the project's own deployment checks, and what ends a person's sockets."""
        from learning import checks, receivers  # noqa: F401, PLC0415 -- registration needs loaded apps
