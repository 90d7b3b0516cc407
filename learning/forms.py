"""Forms of learning: what a person may say, checked before any verb is called."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by employing units and bureaus, not by sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an account stands for a verified person."""
        del request
        return False


class SignInForm(LoginForm):
    """One field for e-mail, phone or ID number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Replace the e-mail field by one that takes any identifier."""
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("E-mail, phone or ID number"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        )

    def user_credentials(self) -> dict[str, Any]:
        """Return what the backend signs in by; `email` also keys the rate limit."""
        return {"email": self.cleaned_data["login"].strip(), "password": self.cleaned_data["password"]}
