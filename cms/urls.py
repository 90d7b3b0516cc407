"""The addresses of cms: whatever no other app claimed is a page of Wagtail.

Only Wagtail's serving pattern is mounted: its own sign-in and password pages would
be second doors (RELIABILITY §5.9).
"""

from django.urls import re_path
from wagtail.urls import serve_pattern
from wagtail.views import serve

urlpatterns = [re_path(serve_pattern, serve, name="wagtail_serve")]
