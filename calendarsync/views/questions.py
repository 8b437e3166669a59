"""A question between a form and its saving: what was typed goes along, and back again if the answer is no."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ANSWERS = ("csrfmiddlewaretoken", "confirmed", "back", "reset")


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of each field of the form that was sent, for hidden fields."""
    return [(name, value) for name, values in request.POST.lists() if name not in ANSWERS for value in values]


def ask(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context | {"carried": carried(request)})
