"""Pages of those who audit and confirm."""

from django.urls import path

from learning.views import api_keys, audits, certificate_desk, confirmations, flag_exports

urlpatterns = [
    path("base/<slug:slug>/audit/", audits.audit, name="audit"),
    path("base/<slug:slug>/audit/flags.csv", flag_exports.flags, name="audit-flags"),
    path("bureau/keys/", api_keys.keys, name="api-keys"),
    path("bureau/confirm/", confirmations.confirm, name="confirm"),
    path("bureau/confirm/sign/", confirmations.sign, name="confirm-sign"),
    path("bureau/confirm/receipts/<int:sequence>/", confirmations.receipt, name="confirm-receipt"),
    path("bureau/certificates/", certificate_desk.desk, name="certificate-desk"),
    path("bureau/certificates/issue/", certificate_desk.issue, name="certificate-issue"),
    path("bureau/certificates/change/", certificate_desk.change, name="certificate-change"),
    path("bureau/certificates/runs/", certificate_desk.runs, name="certificate-runs"),
    path("bureau/certificates/runs/<int:pk>/", certificate_desk.run, name="certificate-run"),
]
