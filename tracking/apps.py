"""The tracking app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    """Registers tracking."""

    name = "tracking"
    verbose_name = _("Tracking")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for sign-outs, and register the checks."""
        from tracking import checks, receivers  # noqa: F401, PLC0415 -- registration needs loaded apps
