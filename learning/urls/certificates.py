"""The certificate book and its pages."""

from django.urls import path

from learning.views import certificates

urlpatterns = [
    path("me/certificates/", certificates.book, name="certificates"),
    path("me/certificates/<slug:serial>/", certificates.certificate, name="certificate"),
    path("me/certificates/<slug:serial>.pdf", certificates.pdf, name="certificate-pdf"),
]
