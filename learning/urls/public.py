"""Pages that anyone may open."""

from django.urls import URLPattern, path

from learning.views import credentials, rules, title_reviews, verification

urlpatterns: list[URLPattern] = [
    path("rules/", rules.present_rules, name="rules"),
    path("rules/<year:year>/", rules.rules, name="rules-year"),
    path("verify/", verification.verify, name="verify"),
    path("help/title-review/", title_reviews.description, name="title-review-help"),
    path("verify/keys/", credentials.keys, name="signing-keys"),
    path("verify/file/", verification.verify_file, name="verify-file"),
    path("verify/<str:code>/", verification.verify_code, name="verify-code"),
]
