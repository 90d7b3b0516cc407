"""Sign-in, sign-out and the password: the three of allauth's pages that we serve.

Accounts are made by employing units and bureaus, so sign-up, e-mail addresses
and resets by mail are not mounted: fewer doors to defend.
"""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/", views.password_change, name="account_change_password"),
]
