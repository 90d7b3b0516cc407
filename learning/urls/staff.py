"""Pages of those who audit and confirm."""

from django.urls import path

from learning.views import api_keys, audits, confirmations

urlpatterns = [
    path("base/<slug:slug>/audit/", audits.audit, name="audit"),
    path("bureau/keys/", api_keys.keys, name="api-keys"),
    path("bureau/confirm/", confirmations.confirm, name="confirm"),
    path("bureau/confirm/sign/", confirmations.sign, name="confirm-sign"),
    path("bureau/confirm/receipts/<int:sequence>/", confirmations.receipt, name="confirm-receipt"),
]
