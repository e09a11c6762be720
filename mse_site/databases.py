"""From the address of a database to what Django wants to know of it."""

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from mse_site.env import BadSetting

# Of the server: what a machine that vanished held, such as the lock of a run, is free after two minutes and not two hours.
KEEPALIVES = "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"


def database(url: str) -> dict[str, object]:
    """Django's form of a Postgres address; libpq itself takes the address apart."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise BadSetting(f"DATABASE_URL is not the address of a Postgres database: {str(error).strip()}.") from error
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    named = {django: str(parts.pop(libpq, "") or "") for libpq, django in known.items()}
    return {
        "ENGINE": "mse_site.postgres",
        **named,
        "OPTIONS": {"connect_timeout": 5, **parts, "options": f"{KEEPALIVES} {parts.get('options') or ''}".strip()},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
