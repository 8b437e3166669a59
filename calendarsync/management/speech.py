"""What commands share in how they speak: examples, counts, what became of a list of users."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable

from django.core.management.base import DjangoHelpFormatter, OutputWrapper

from calendarsync.userlist import Row

PARTLY = 3  # exit code: done, but not for all


def tell_problems(stream: OutputWrapper, rows: Iterable[Row]) -> int:
    """One line a row that cannot be added; answers how many."""
    problems = [row for row in rows if row.problem]
    for row in problems:
        stream.write(f"line {row.line}: {row.email or '(empty)'}: {row.problem}")
    return len(problems)


def counted(number: int) -> str:
    """So many users, in words that fit."""
    return "1 user" if number == 1 else f"{number} users"


class _Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's order of the options; the examples a line each."""


def examples(parser: ArgumentParser, *lines: str) -> None:
    """Show these at the end of `--help`."""
    parser.formatter_class = _Formatter
    parser.epilog = "\n".join(["examples:", *(f"  {line}" for line in lines)])
