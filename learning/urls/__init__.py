"""Every address of the project. Siblings are named by text: learning imports none of them."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls

from learning.urls import certificates, compliance, me, public, rule_studio, staff
from learning.views import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("cms/", include(wagtailadmin_urls)),
    path("api/track/v1/", include("tracking.urls.api")),
    path("api/", include("learning.urls.api")),
    path("credentials/", include("learning.urls.credentials")),
    *i18n_patterns(
        path("accounts/", include("learning.urls.accounts")),
        path(
            "",
            include(
                (
                    [
                        *me.urlpatterns,
                        *certificates.urlpatterns,
                        *staff.urlpatterns,
                        *compliance.urlpatterns,
                        *rule_studio.urlpatterns,
                        *public.urlpatterns,
                    ],
                    "learning",
                )
            ),
        ),
        path("", include("tracking.urls")),
        path("", include("assessments.urls")),
        path("", include("cms.urls")),
        prefix_default_language=False,
    ),
]
