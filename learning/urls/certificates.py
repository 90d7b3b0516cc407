"""The certificate book and its pages."""

from django.urls import path

from learning.views import certificates, credentials

urlpatterns = [
    path("me/certificates/", certificates.book, name="certificates"),
    path("me/certificates/<slug:serial>/", certificates.certificate, name="certificate"),
    path("me/certificates/<slug:serial>.pdf", certificates.pdf, name="certificate-pdf"),
    path("me/certificates/<slug:serial>.json", credentials.credential, name="certificate-credential"),
]
