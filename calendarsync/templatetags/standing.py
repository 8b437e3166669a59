from django.template import Library
from django.utils import timezone

from ..models import Provider
from ..portal import overview

register = Library()


@register.simple_tag
def standing(provider: Provider) -> overview.Overview:
    """How an instance is, for the badge beside its name."""
    return overview.of(provider, timezone.now())
