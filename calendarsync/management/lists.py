"""How commands tell what became of a list of users."""

from collections.abc import Iterable

from django.core.management.base import OutputWrapper

from calendarsync.userlist import Row

PARTLY = 3  # exit code: done, but not for all


def tell_problems(stream: OutputWrapper, rows: Iterable[Row]) -> int:
    """One line a row that cannot be added; answers how many."""
    problems = [row for row in rows if row.problem]
    for row in problems:
        stream.write(f"line {row.line}: {row.email or '(empty)'}: {row.problem}")
    return len(problems)
