"""The rule studio of those who make rules."""

from django.urls import path

from learning.views import rule_outcomes, rule_studio

urlpatterns = [
    path("bureau/rules/", rule_studio.studio, name="rule-studio"),
    path("bureau/rules/<int:pk>/", rule_studio.rule_set, name="rule-set"),
    path("bureau/rules/<int:pk>/edit/", rule_studio.edit, name="rule-set-edit"),
    path("bureau/rules/<int:pk>/simulation/", rule_outcomes.simulation, name="rule-simulation"),
    path("bureau/rules/<int:pk>/comparison/", rule_outcomes.comparison, name="rule-comparison"),
]
