"""Pages of those who audit and confirm."""

from django.urls import path

from learning.views import audits, confirmations

urlpatterns = [
    path("base/<slug:slug>/audit/", audits.audit, name="audit"),
    path("bureau/confirm/", confirmations.confirm, name="confirm"),
    path("bureau/confirm/sign/", confirmations.sign, name="confirm-sign"),
    path("bureau/confirm/receipts/<int:sequence>/", confirmations.receipt, name="confirm-receipt"),
]
