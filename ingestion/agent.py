"""How this site introduces itself to the hosts that it asks."""

from django.conf import settings

from ingestion.fetch import agent

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]", "*"})


def site_agent() -> str:
    """With the address under which people reach the site, so that whoever is asked can find out by whom."""
    return agent(site_address())


def site_address() -> str:
    """From the settings that name it; empty for a site that is reached on its own machine alone."""
    if settings.CSRF_TRUSTED_ORIGINS:
        return f"{settings.CSRF_TRUSTED_ORIGINS[0].rstrip('/')}/"
    names = [name for name in settings.ALLOWED_HOSTS if name not in LOCAL and not name.startswith(".")]
    return f"{'https' if settings.HTTPS else 'http'}://{names[0]}/" if names else ""
