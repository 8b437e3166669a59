"""Signs somebody in at the simulated Telenor ID, as a browser without scripts would."""

import re
from html import unescape

import httpx


def pick(authorize_url: str, telenor_id: str) -> str:
    """The address that Telenor ID sends the browser back to, after this person was picked on its page.

    A fresh browser each time: nobody is signed in. Asserts that the page offers the person.
    """
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(authorize_url)
        assert page.status_code == 200, f"{page.status_code}: {page.headers.get('location', page.text)}"
        if not offers(page.text, telenor_id):
            page = browser.get(authorize_url, params={**page.url.params, "q": telenor_id.split("-")[0]})
        assert offers(page.text, telenor_id), f"Telenor ID does not offer {telenor_id}"
        answer = browser.post(page.url.join(form_of(page.text)), data={"person": telenor_id})
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text}"
        return answer.headers["location"]


def offers(html: str, telenor_id: str) -> bool:
    return telenor_id in map(unescape, re.findall(r'name="person" value="([^"]*)"', html))


def form_of(html: str) -> str:
    """Where the form with the people goes."""
    found = re.search(r'<form method="post" action="([^"]*)"', html)
    assert found
    return unescape(found[1])
