"""My year: what is left, what is next, who holds what."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def present_year(request: HttpRequest) -> HttpResponse:
    """Open the present year."""
    return render(request, "base.html")
