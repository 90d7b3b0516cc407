"""Forms of learning: what a person may say, checked before any verb is called."""

import secrets
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.access import find_by_identifier, normal_identifier, signed_in
from learning.models import ApiKey, CreditEntry, Organisation, Person
from learning.models.credit import CreditEntryQuerySet
from learning.models.person import blind_index
from learning.rules.credit_states import PENDING, State
from learning.rules.requirements import SubjectKind

DEVICE_COOKIE = "known_device"
DEVICE_MAX_AGE_S = 365 * 24 * 3_600
#: How a visitor likes to read, kept in the browser.
TEXT_COOKIE, THEME_COOKIE = "text", "theme"
THEMES = ("light", "dark")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by employing units and bureaus, not by sign-up.

    Wrong passwords are counted per account and place, and per account everywhere
    (settings.ACCOUNT_RATE_LIMITS). A browser that has signed in before carries a
    mark and is counted by itself, so that strangers who guess at an account
    cannot lock its owner out. Source: RELIABILITY S7.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This sign-in name and password do not match. Please check both."),
        "too_many_login_attempts": _(
            "Too many wrong passwords. Nothing is lost: wait five minutes, "
            "or use a device on which you signed in before."
        ),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an account stands for a verified person."""
        del request
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count this try before the password is looked at; refuse when there were too many."""
        super().pre_authenticate(request, **credentials)
        account = account_key(str(credentials.get("identifier", "")))
        known = known_device(request, account)
        if not known and not ratelimit.consume(request, action="login_failed_anywhere", key=account):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return what five tries are counted under: the account at this place, or at this known device."""
        account = account_key(str(credentials.get("identifier", "")))
        return f"{account}:{known_device(request, account) or self.get_client_ip(request)}"

    def reauthenticate(self, user: Person, password: str) -> bool:
        """Say whether this is the password of who is signed in; allauth knows none of our sign-in names."""
        return user.check_password(password)

    def post_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> HttpResponse:
        """Mark the browser as one on which this person has signed in."""
        response = cast("HttpResponse", super().post_login(request, user, **kwargs))
        account = f"person:{user.pk}"
        mark = known_device(request, account) or secrets.token_urlsafe(12)
        response.set_cookie(
            DEVICE_COOKIE,
            signing.dumps([account, mark], salt=DEVICE_COOKIE),
            max_age=DEVICE_MAX_AGE_S,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response


def account_key(identifier: str) -> str:
    """Return one key for all names of an account; an unknown name has its own, so that both are counted alike."""
    person = find_by_identifier(identifier)
    if person is not None:
        return f"person:{person.pk}"
    return f"name:{blind_index(normal_identifier(identifier))}"


def known_device(request: HttpRequest, account: str) -> str:
    """Return the mark of a browser on which this account has signed in, else the empty string."""
    try:
        owner, mark = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_MAX_AGE_S
        )
    except (signing.BadSignature, ValueError):
        return ""
    return str(mark) if constant_time_compare(str(owner), account) else ""


class SignInForm(LoginForm):
    """One field for e-mail, phone or ID number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Replace the e-mail field by one that takes any identifier."""
        super().__init__(*args, **kwargs)
        # The keyboard goes to the field first, and to the error summary when there is one.
        focus = {} if self.is_bound else {"autofocus": True}
        self.fields["login"] = forms.CharField(
            label=_("E-mail, phone or ID number"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", **focus}),
        )
        self.fields["password"].label = _("Password")
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def user_credentials(self) -> dict[str, Any]:
        """Return what the backend signs in by.

        NB: not under `email`: allauth writes that key into the session, where an
        ID number would lie in plain text (RELIABILITY S15).
        """
        return {"identifier": self.cleaned_data["login"].strip(), "password": self.cleaned_data["password"]}


class PasswordForm(ChangePasswordForm):
    """The password change in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the fields in our catalogue; placeholders would vanish when typed into."""
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Present password"),
            "password1": _("New password"),
            "password2": _("New password, once more"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = _("At least 10 characters, and not a common one.")


class SigningForm(ReauthenticateForm):
    """The password under a signature: who signs is at the keyboard now (RELIABILITY S5)."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        """Ask in our words, and remember where the tries come from."""
        super().__init__(*args, user=signed_in(request), **kwargs)
        self._request = request
        self.fields["password"] = forms.CharField(
            label=_("Your password"),
            strip=False,
            help_text=_("You sign as the person whose password this is."),
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )

    def clean_password(self) -> str:
        """Look at the password, unless too many were tried."""
        if not ratelimit.consume(self._request, action="reauthenticate", user=self.user):
            raise get_adapter().validation_error("too_many_login_attempts")
        return str(super().clean_password())


class HoursFilterForm(forms.Form):
    """Which entries of the hour record to show; whatever is not understood filters nothing."""

    STATES = {
        # What the year's page calls pending, whoever it waits for.
        "open": [state.value for state in PENDING],
        "pending": [state.value for state in PENDING - {State.RETURNED}],
        "returned": [State.RETURNED.value],
        "confirmed": [State.CONFIRMED.value],
        "rejected": [State.REJECTED.value, State.REVERSED.value],
    }

    year = forms.ChoiceField(label=_("Year"), required=False)
    subject = forms.ChoiceField(
        label=_("Subject"),
        required=False,
        choices=[
            ("", pgettext_lazy("subjects", "All")),
            (SubjectKind.PUBLIC.value, _("public subject")),
            (SubjectKind.PROFESSIONAL.value, _("professional subject")),
        ],
    )
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", pgettext_lazy("states", "All")),
            ("open", pgettext_lazy("hours", "Pending")),
            ("pending", _("Waiting for an office")),
            ("returned", _("Returned to you")),
            ("confirmed", pgettext_lazy("hours", "Confirmed")),
            ("rejected", _("Not accepted")),
        ],
    )

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        """Offer the years that have entries."""
        super().__init__(*args, **kwargs)
        year = cast("forms.ChoiceField", self.fields["year"])
        year.choices = [("", pgettext_lazy("years", "All")), *((str(each), str(each)) for each in years)]
        self.full_clean()

    def chosen(self) -> dict[str, str]:
        """Return the filters in force."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    def query(self) -> str:
        """Return the filters in force as a query string."""
        return urlencode(self.chosen())

    def narrow(self, entries: CreditEntryQuerySet) -> CreditEntryQuerySet:
        """Keep the entries that pass the filters."""
        chosen = self.chosen()
        kept = Q()
        if "year" in chosen:
            kept &= Q(year=int(chosen["year"]))
        if "subject" in chosen:
            kept &= Q(subject_kind=chosen["subject"])
        if "state" in chosen:
            kept &= Q(standing__state__in=self.STATES[chosen["state"]])
        if chosen.get("state") == "open":
            kept &= Q(kind__in=CreditEntry.STUDIED)
        return entries.filter(kept)


class ResubmitForm(forms.Form):
    """The learner's answer to a return."""

    reason_text = forms.CharField(
        label=_("What you did about it"),
        help_text=_("The office reads this beside your record. Up to 500 characters."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 500}),
    )


class ApiKeyForm(forms.Form):
    """A new interface key: for which office, for which system, for how long."""

    organisation = forms.ModelChoiceField(label=_("Office"), queryset=Organisation.objects.none(), empty_label=None)
    label = forms.CharField(
        label=_("Which system will use it"),
        help_text=_("Such as “Kaifeng title review, production”. One key for each system."),
        max_length=60,
    )
    scope = forms.ChoiceField(label=_("What it may do"), choices=ApiKey.Scope.choices)
    days = forms.TypedChoiceField(
        label=_("Ends after"),
        coerce=int,
        initial=365,
        choices=[(90, _("90 days")), (180, _("180 days")), (365, _("one year"))],
    )

    def __init__(self, *args: Any, offices: QuerySet[Organisation], **kwargs: Any) -> None:
        """Offer the offices whose keys the person keeps."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Organisation]", self.fields["organisation"]).queryset = offices

    def facts(self) -> dict[str, Any]:
        """Return what `api_keys.make` is told."""
        said = dict(self.cleaned_data)
        return {"valid_for": timedelta(days=said.pop("days")), **said}
