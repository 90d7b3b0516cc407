"""How people stand: a bureau's comparison, the people behind it, and a base's own page."""

from django.urls import path

from learning.views import base_home, compliance, compliance_people

urlpatterns = [
    path("base/<slug:slug>/", base_home.home, name="base"),
    path("base/<slug:slug>/waiting/", base_home.export, name="base-waiting"),
    path("bureau/compliance/", compliance.compliance, name="compliance"),
    path("bureau/compliance/export/", compliance.export, name="compliance-export"),
    path("bureau/compliance/waiting/", compliance.export_queues, name="compliance-waiting"),
    path("bureau/compliance/people/", compliance_people.people, name="compliance-people"),
    path("bureau/compliance/people/export/", compliance_people.export, name="compliance-people-export"),
    path("bureau/compliance/people/<int:pk>/", compliance_people.person, name="compliance-person"),
]
