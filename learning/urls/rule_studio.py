"""The rule studio of those who make rules, and the thresholds by which entries are flagged."""

from django.urls import path

from learning.views import flag_policies, rule_outcomes, rule_studio

urlpatterns = [
    path("bureau/rules/", rule_studio.studio, name="rule-studio"),
    path("bureau/rules/<int:pk>/", rule_studio.rule_set, name="rule-set"),
    path("bureau/rules/<int:pk>/edit/", rule_studio.edit, name="rule-set-edit"),
    path("bureau/rules/<int:pk>/simulation/", rule_outcomes.simulation, name="rule-simulation"),
    path("bureau/rules/<int:pk>/comparison/", rule_outcomes.comparison, name="rule-comparison"),
    path("bureau/flags/", flag_policies.policy, name="flag-policy"),
    path("bureau/flags/draft/", flag_policies.draft, name="flag-draft"),
    path("bureau/flags/proposals/<int:pk>/", flag_policies.proposal, name="flag-proposal"),
]
