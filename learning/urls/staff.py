"""Pages of those who audit and confirm."""

from django.urls import path

from learning.views import (
    api_keys,
    audits,
    certificate_desk,
    confirmation_runs,
    confirmations,
    flag_exports,
    reversal_runs,
    reversals,
    waiver_desk,
)

urlpatterns = [
    path("base/<slug:slug>/audit/", audits.audit, name="audit"),
    path("base/<slug:slug>/audit/flags.csv", flag_exports.flags, name="audit-flags"),
    path("bureau/keys/", api_keys.keys, name="api-keys"),
    path("bureau/confirm/", confirmations.confirm, name="confirm"),
    path("bureau/confirm/sign/", confirmations.sign, name="confirm-sign"),
    path("bureau/confirm/receipts/<int:sequence>/", confirmations.receipt, name="confirm-receipt"),
    path("bureau/confirm/runs/", confirmation_runs.runs, name="confirm-runs"),
    path("bureau/confirm/runs/<int:pk>/", confirmation_runs.run, name="confirm-run"),
    path("bureau/confirm/runs/<int:pk>/sign/", confirmation_runs.sign, name="confirm-run-sign"),
    path("bureau/confirm/reversals/", reversals.reversals_of_bureau, name="reversals"),
    path("bureau/confirm/reversals/entries/<int:pk>/", reversals.entry, name="reversal-entry"),
    path("bureau/confirm/reversals/runs/", reversal_runs.runs, name="reversal-runs"),
    path("bureau/confirm/reversals/runs/of/<int:pk>/", reversal_runs.draft, name="reversal-draft"),
    path("bureau/confirm/reversals/runs/<int:pk>/", reversal_runs.run, name="reversal-run"),
    path("bureau/confirm/reversals/runs/<int:pk>/sign/", reversal_runs.sign, name="reversal-run-sign"),
    path("bureau/waivers/", waiver_desk.desk, name="waivers"),
    path("bureau/waivers/<int:pk>/", waiver_desk.waiver, name="waiver-case"),
    path("bureau/certificates/", certificate_desk.desk, name="certificate-desk"),
    path("bureau/certificates/issue/", certificate_desk.issue, name="certificate-issue"),
    path("bureau/certificates/change/", certificate_desk.change, name="certificate-change"),
    path("bureau/certificates/runs/", certificate_desk.runs, name="certificate-runs"),
    path("bureau/certificates/runs/<int:pk>/", certificate_desk.run, name="certificate-run"),
]
