"""A browser that looks at every page it is given as strictly as `tests.pages.strict` does."""

from typing import Any

from ..pages.strict import assert_strict


def judged(client: Any) -> Any:
    ask = client.request

    def request(**fields: Any) -> Any:
        answer = ask(**fields)
        assert_strict(answer)
        return answer

    client.request = request
    return client
