"""Exchange Online as a `CalendarSource`: Graph's calendar views, directory and subscriptions."""

from collections.abc import Iterator, Sequence

from calendarsync.core.ports import Callback, Mailbox, Reading, SourceError, Subscribed
from calendarsync.core.window import Window
from mss.microsoft.errors import Failure
from mss.microsoft.graph import LARGEST_BATCH, Answer, Graph, Request
from mss.microsoft.paging import pages

from . import graph_calendar, graph_people, graph_subscriptions
from .graph_calendar import Choices, Entries
from .graph_trouble import trouble


class GraphSource:
    """One provider of kind `exchange_online`.

    `titles`: whether subjects are asked for. `addin_id`: the Outlook add-in's, None where the plugin is off.
    `reasons`: the codes of One X a choice may name, None to accept any.
    """

    def __init__(
        self,
        graph: Graph,
        titles: bool,
        addin_id: str | None,
        reasons: frozenset[str] | None,
        batch_size: int = LARGEST_BATCH,
    ) -> None:
        self.graph = graph
        self.titles = titles
        self.addin_id = addin_id
        self.reasons = reasons
        self.batch_size = batch_size
        # Becomes true with the first calendar view that carries the add-in's property.
        self._views_expand = False

    def read(
        self, mailboxes: Sequence[Mailbox], window: Window
    ) -> Iterator[tuple[Mailbox, Reading | SourceError]]:
        for start in range(0, len(mailboxes), self.batch_size):
            chunk = mailboxes[start : start + self.batch_size]
            views = self._lists({mailbox: self._view(mailbox, window) for mailbox in chunk})
            choices = self._choices(views)
            for mailbox, entries in views.items():
                yield mailbox, self._reading(entries, choices.get(mailbox, {}), window)

    def find(self, emails: Sequence[str]) -> Iterator[tuple[str, Mailbox | SourceError]]:
        answers = self._people({email: graph_people.by_mail(email) for email in emails})
        others = [email for email, answer in answers.items() if graph_people.nobody(answer)]
        yield from (answers | self._people({email: graph_people.by_alias(email) for email in others})).items()

    def subscribe(
        self, asked: Sequence[tuple[Mailbox, Callback]]
    ) -> Iterator[tuple[Mailbox, Subscribed | SourceError]]:
        callbacks = dict(asked)
        taken = []
        for mailbox, answer in self._create(callbacks):
            if graph_subscriptions.duplicate(answer):
                taken.append(mailbox)
            else:
                yield mailbox, graph_subscriptions.subscribed(answer)
        if taken:
            yield from self._subscribe_anew({mailbox: callbacks[mailbox] for mailbox in taken})

    def renew(self, ids: Sequence[str]) -> Iterator[tuple[str, Subscribed | SourceError]]:
        requests = {graph_subscriptions.renewal(one): one for one in ids}
        for request, answer in self.graph.batch(list(requests), self.batch_size):
            yield requests[request], graph_subscriptions.renewed(answer)

    def unsubscribe(self, ids: Sequence[str]) -> Iterator[tuple[str, SourceError | None]]:
        requests = {graph_subscriptions.removal(one): one for one in ids}
        for request, answer in self.graph.batch(list(requests), self.batch_size):
            yield requests[request], graph_subscriptions.removed(answer)

    def _view(self, mailbox: Mailbox, window: Window) -> Request:
        return graph_calendar.view(mailbox, window, titles=self.titles, addin_id=self.addin_id)

    def _lists(self, requests: dict[Mailbox, Request]) -> dict[Mailbox, Entries | Failure]:
        mailboxes = {request: mailbox for mailbox, request in requests.items()}
        answers = pages(self.graph, list(mailboxes), self.batch_size)
        return {mailboxes[request]: graph_calendar.by_id(items) for request, items in answers}

    def _reading(
        self, entries: Entries | Failure, choices: Choices | Failure, window: Window
    ) -> Reading | SourceError:
        if not isinstance(entries, dict):
            return trouble(entries)
        if not isinstance(choices, dict):
            return trouble(choices)
        return graph_calendar.reading(entries, choices, window, titles=self.titles)

    def _choices(self, views: dict[Mailbox, Entries | Failure]) -> dict[Mailbox, Choices | Failure]:
        """The choices of each mailbox that was read. Those made for a series take a second request.

        So do all of them while no calendar view has carried the property: reports disagree on whether it can.
        """
        if (addin_id := self.addin_id) is None:
            return {}
        read = {mailbox: entries for mailbox, entries in views.items() if isinstance(entries, dict)}
        self._views_expand |= any(map(graph_calendar.expanded, read.values()))
        incomplete = [mailbox for mailbox, entries in read.items() if self._incomplete(entries)]
        more = self._lists({mailbox: graph_calendar.chosen(mailbox, addin_id) for mailbox in incomplete})
        return {mailbox: self._merged(mailbox, more.get(mailbox, {}), read[mailbox]) for mailbox in read}

    def _incomplete(self, entries: Entries) -> bool:
        return any(entry.get("seriesMasterId") or not self._views_expand for entry in entries.values())

    def _merged(self, mailbox: Mailbox, more: Entries | Failure, own: Entries) -> Choices | Failure:
        if not isinstance(more, dict):
            return more
        return self._chosen(mailbox, more) | self._chosen(mailbox, own)

    def _chosen(self, mailbox: Mailbox, entries: Entries) -> Choices:
        return graph_calendar.choices(entries, mailbox, self.addin_id or "", self.reasons)

    def _people(self, requests: dict[str, Request]) -> dict[str, Mailbox | SourceError]:
        emails = {request: email for email, request in requests.items()}
        answers = pages(self.graph, list(emails), self.batch_size)
        return {emails[request]: graph_people.found(emails[request], people) for request, people in answers}

    def _create(self, callbacks: dict[Mailbox, Callback]) -> Iterator[tuple[Mailbox, Answer | Failure]]:
        requests = {graph_subscriptions.create(*pair): pair[0] for pair in callbacks.items()}
        for request, answer in self.graph.batch(list(requests), self.batch_size):
            yield requests[request], answer

    def _subscribe_anew(
        self, callbacks: dict[Mailbox, Callback]
    ) -> Iterator[tuple[Mailbox, Subscribed | SourceError]]:
        """Where one exists already, which cannot be adopted: nobody knows its secret any more."""
        (_, listed), *_ = pages(self.graph, [Request("/subscriptions")])
        if not isinstance(listed, list):
            yield from ((mailbox, trouble(listed)) for mailbox in callbacks)
            return
        for _ in self.unsubscribe(graph_subscriptions.same(callbacks, listed)):
            pass  # whatever stays makes the next creation answer 409
        for mailbox, answer in self._create(callbacks):
            yield mailbox, graph_subscriptions.subscribed(answer)
