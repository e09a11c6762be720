"""The connections of a site to its database: looked at before they are relied on."""

import pytest
from django.db import connection

from mse_site.databases import KEEPALIVES, database
from mse_site.postgres.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def another() -> DatabaseWrapper:
    made = connection.copy()
    assert isinstance(made, DatabaseWrapper)
    return made


def test_the_server_soon_notices_that_a_machine_has_vanished_and_other_options_stay() -> None:
    made = database("postgresql://bob@db.example/mse?options=-c%20work_mem%3D8MB&sslmode=require")
    assert made["OPTIONS"] == {
        "connect_timeout": 5, "sslmode": "require", "options": f"{KEEPALIVES} -c work_mem=8MB",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT source FROM pg_settings WHERE name = 'tcp_keepalives_idle'")
        assert cursor.fetchone() == ("client",)


def test_a_connection_that_stands_is_not_asked(another: DatabaseWrapper) -> None:
    another.connect()
    asked = last_statement(another)
    assert another.is_usable()
    assert last_statement(another) == asked != "SELECT 1"
    another.close()


def test_a_connection_that_the_server_has_ended_is_replaced(another: DatabaseWrapper) -> None:
    another.connect()
    assert another.connection is not None
    ended = another.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert not another.is_usable()
    another.close_if_unusable_or_obsolete()  # as each request begins
    with another.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (ended,)
    another.close()


def test_a_connection_that_is_closed_or_was_never_opened_is_of_no_use(another: DatabaseWrapper) -> None:
    assert not another.is_usable()
    another.connect()
    assert another.connection is not None
    another.connection.close()
    assert not another.is_usable()


def test_a_server_elsewhere_is_asked(another: DatabaseWrapper) -> None:
    another.connect()
    another.settings_dict = {**another.settings_dict, "HOST": "database.example"}
    assert another.is_usable()
    assert last_statement(another) == "SELECT 1"
    another.close()


def last_statement(of: DatabaseWrapper) -> str:
    """As the server knows it."""
    assert of.connection is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [of.connection.info.backend_pid])
        return str(cursor.fetchone()[0])
