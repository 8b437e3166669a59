"""Lists of Graph that come in pages, many at once: each next page travels in a later batch."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mss.wire import TryLater

from .errors import Failure
from .graph import LARGEST_BATCH, Answer, Graph, Request

MOST_PAGES = 200

Item = dict[str, Any]


@dataclass(slots=True)
class _Walk:
    """One list on its way from the first page to the last."""

    first: Request
    step: Request
    items: list[Item] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def pages(
    graph: Graph, requests: Sequence[Request], size: int = LARGEST_BATCH
) -> Iterator[tuple[Request, list[Item] | Failure]]:
    """Each request with all items of its `value`, or with what spoiled a page: half a list is none."""
    waiting = deque(_Walk(request, request) for request in requests)
    while waiting:
        walks = {walk.step: walk for walk in (waiting.popleft() for _ in range(min(size, len(waiting))))}
        for step, answer in graph.batch(list(walks), size):
            walk = walks[step]
            ended = _advance(graph, walk, answer.body) if isinstance(answer, Answer) else answer
            if ended is None:
                waiting.appendleft(walk)  # finish what is begun: memory holds one batch of lists, not all
            else:
                yield walk.first, ended


def _advance(graph: Graph, walk: _Walk, body: Any) -> list[Item] | TryLater | None:
    """The whole list after its last page, None while there is a next one."""
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return TryLater("bad_answer", "no list")
    walk.items += items
    link = body.get("@odata.nextLink")
    if link is None:
        return walk.items
    url = graph.relative(link)
    if url is None or url in walk.seen or len(walk.seen) >= MOST_PAGES:
        return TryLater("bad_answer", "next page")
    walk.seen.add(url)
    walk.step = Request(url, headers=walk.first.headers)
    return None
