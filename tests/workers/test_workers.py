"""Several machines' worth of processes over a real broker: what was knocked for arrives, once, whoever dies meanwhile.

The tests of one broker share its processes and run in this order. Beat, and so the dispatcher, starts late: the tests
before show that messages alone are enough.
"""

import re
from concurrent.futures import ThreadPoolExecutor

from mss import celery

from .conftest import ANNA, BERTIL, Service

KNOCKS = 50


def knock_at_once(service: Service, email: str) -> list[int]:
    with ThreadPoolExecutor(KNOCKS) as pool:
        return list(pool.map(service.knock, [email] * KNOCKS))


def settled(service: Service, readings: int) -> bool:
    """Anna's calendar was read so often, and no message is left that could lead to one more."""
    return service.readings(ANNA) >= readings and service.quiet() and not service.waiting_messages()


def test_a_booking_arrives_by_knock_web_broker_and_worker_without_a_dispatcher(service: Service) -> None:
    event = service.book(ANNA, 2)
    service.until(lambda: (event.starts_at, event.ends_at) in service.shown(ANNA))
    service.until(service.quiet)
    assert service.equal()


def test_fifty_knocks_before_the_reading_are_one_reading(service: Service) -> None:
    """Both workers stand still until every knock has been answered."""
    service.book_unheard(ANNA, 4)
    before = service.readings(ANNA)
    with service.workers_stopped():
        assert knock_at_once(service, ANNA) == [202] * KNOCKS
    service.until(lambda: settled(service, before + 1))
    assert service.readings(ANNA) == before + 1
    assert service.equal()


def test_fifty_knocks_during_a_reading_are_one_more(service: Service) -> None:
    """The world holds the first reading until every knock has been answered."""
    service.book_unheard(ANNA, 6)
    before = service.readings(ANNA)
    with service.gate.closed():
        service.knock(ANNA)
        service.until(service.gate.reached.is_set)
        assert knock_at_once(service, ANNA) == [202] * KNOCKS
        assert service.readings(ANNA) == before + 1
    service.until(lambda: settled(service, before + 2))
    assert service.readings(ANNA) == before + 2
    assert service.equal()


def test_a_wish_of_another_process_arrives_without_a_dispatcher(service: Service) -> None:
    """As a view of the portal makes it, or a command."""
    event = service.book_unheard(BERTIL, 3)
    wish = f"from calendarsync.models import SyncedUser as U; U.objects.filter(email='{BERTIL}').wish()"
    service.manage("shell", "--no-imports", "--command", wish)
    service.until(lambda: (event.starts_at, event.ends_at) in service.shown(BERTIL))
    service.until(service.quiet)


def test_who_must_wait_a_moment_is_read_when_it_is_over_without_a_dispatcher(service: Service) -> None:
    event = service.book_unheard(BERTIL, 5)
    service.execute("UPDATE calendarsync_synceduser SET not_before = now() + interval '2 seconds'")
    service.knock(BERTIL)
    service.until(lambda: (event.starts_at, event.ends_at) in service.shown(BERTIL))
    service.until(service.quiet)


def test_a_worker_killed_in_the_middle_of_a_reading_is_made_good_by_another(service: Service) -> None:
    service.start_beat()
    for worker in service.workers[1:]:
        worker.kill()
    service.until(service.quiet)
    event = service.book_unheard(ANNA, 8)
    with service.gate.closed():
        service.knock(ANNA)
        service.until(service.gate.reached.is_set)
        service.start_worker()
        service.workers[0].kill()
    leased = "FROM calendarsync_synceduser WHERE lease_until > now()"
    assert service.execute(f"SELECT email {leased}") == [(ANNA,)]
    assert (event.starts_at, event.ends_at) not in service.shown(ANNA)
    # Not the two minutes of a lease, nor the seconds until beat's next tick.
    service.execute("UPDATE calendarsync_synceduser SET lease_until = now() - interval '1 second'")
    service.manage("shell", "--no-imports", "--command", "from calendarsync import tasks; tasks.dispatch()")
    service.until(service.equal)
    service.until(service.quiet)


def test_a_knock_without_a_broker_is_taken_and_the_dispatcher_finds_it_later(service: Service) -> None:
    service.start_beat()
    service.broker.stop()
    event = service.book_unheard(ANNA, 10)
    assert [service.knock(ANNA, patience=3) for _ in range(3)] == [202] * 3  # as long as Microsoft waits
    assert (event.starts_at, event.ends_at) not in service.shown(ANNA)
    service.broker.start()
    service.until(service.equal, 60)
    service.until(service.quiet)


def test_no_log_names_a_person(service: Service) -> None:
    """All of the above, with what Celery has to say about it."""
    told = "".join(log.read_text() for log in service.logs)
    assert f"Task {celery.SYNC_PROVIDER}" in told
    assert re.findall(r"[\w.]+@contoso\.test|Planering|Anna|Bertil", told) == []
