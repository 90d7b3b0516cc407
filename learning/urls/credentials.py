"""What validators of credentials fetch: the same address in every language."""

from django.urls import path

from learning.views import credentials

app_name = "credentials"
urlpatterns = [
    path("issuers/<int:issuer_id>/did.json", credentials.did_document, name="did"),
    path(
        "issuers/<int:issuer_id>/status/<int:number>/<slug:purpose>.json", credentials.status_list, name="status-list"
    ),
]
