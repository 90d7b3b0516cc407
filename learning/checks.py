"""Deployment checks of our own, where Django has none (RELIABILITY §1)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def origins_name_scheme_and_port(**_context: Any) -> list[CheckMessage]:
    """Refuse socket origins that leave the scheme or the port open."""
    loose = [origin for origin in settings.WEBSOCKET_ORIGINS if not origin.startswith("https://") or "*" in origin]
    if loose:
        return [Error(f"WEBSOCKET_ORIGINS must be https with an exact port: {loose}", id="hourbook.E001")]
    return []


@register(Tags.security, deploy=True)
def policy_is_strict(**_context: Any) -> list[CheckMessage]:
    """Refuse a content security policy with unsafe-inline or unsafe-eval."""
    policy: dict[str, Any] = dict(settings.CONTENT_SECURITY_POLICY)
    directives = policy["DIRECTIVES"]
    unsafe = [name for name, sources in directives.items() for source in sources if "unsafe" in str(source)]
    if unsafe:
        return [Error(f"CONTENT_SECURITY_POLICY is not strict: {unsafe}", id="hourbook.E002")]
    return []
