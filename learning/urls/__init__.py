"""Every address of the project. Siblings are named by text: learning imports none of them."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from learning.urls import me, public, staff
from learning.views import health


urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *i18n_patterns(
        path("accounts/", include("allauth.account.urls")),
        path("", include(([*me.urlpatterns, *staff.urlpatterns, *public.urlpatterns], "learning"))),
        path("", include("tracking.urls")),
        path("", include("assessments.urls")),
        path("", include("cms.urls")),
        prefix_default_language=False,
    ),
]
