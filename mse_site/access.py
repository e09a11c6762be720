"""Who may do what: the one place that knows the groups."""

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

RATERS = "rater"
CURATORS = "curator"
# Every page asks; Django would take five times longer than Postgres.
IS_IN_GROUP = """
SELECT EXISTS (SELECT FROM auth_user_groups JOIN auth_group ON auth_group.id = group_id WHERE user_id = %s AND name = %s)"""


def is_curator(user: User | AnonymousUser) -> bool:
    return user.is_active and (user.is_superuser or _is_in_group(user.pk, CURATORS))


def _is_in_group(user_id: int, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(IS_IN_GROUP, [user_id, name])
        return bool(cursor.fetchone()[0])
