"""The judge of the other pages sees what it must see."""

import pytest
from django.http import HttpResponse

from .strict import assert_strict

PAGE = '<html lang="sv"><body><main><h1>Hej</h1>%s</main></body></html>'


def page(inside):
    return HttpResponse(PAGE % inside, headers={"Content-Security-Policy": "default-src 'none'"})


def test_a_page_that_keeps_every_promise_passes():
    assert_strict(
        page('<label for="a">A</label><input id="a"><a href="#a">till A</a><script src="/a.js"></script>')
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<style>p{}</style>",
        '<p style="color:red">x</p>',
        '<p onclick="x()">x</p>',
        '<a href=" javascript:x()">x</a>',
        '<script src="//cdn.test/x.js"></script>',
        "<h1>Igen</h1>",
        '<input name="a">',
        '<p id="a">1</p><p id="a">2</p>',
        "<div><p>x</div>",
        '<a href="#borta">x</a>',
    ],
)
def test_what_breaks_one_is_seen(inside):
    with pytest.raises(AssertionError):
        assert_strict(page(inside))


def test_so_is_a_loose_policy():
    answer = page("")
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    with pytest.raises(AssertionError):
        assert_strict(answer)
