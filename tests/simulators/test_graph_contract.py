"""What the simulated Graph answers is what Microsoft's own description says."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .conftest import IMMUTABLE, NOW, OURS, WINDOW, Faces

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("CONTRACTS_DIR", ROOT.parent / "shared" / "contracts"))
FILE = FOLDER / "graph" / "openapi.yaml"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no contracts: {FILE} is missing (CONTRACTS_DIR)")


@pytest.fixture(scope="module")
def registry() -> Registry:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    contract = yaml.load(FILE.read_text(), loader)
    return Registry().with_resource("urn:graph", Resource(contract, DRAFT202012))


@pytest.fixture
def flaws(registry: Registry) -> Any:
    """What is wrong with a value, by the contract: a list that is empty when nothing is."""

    def find(value: Any, path: str, method: str = "get", status: str = "200") -> list[str]:
        steps = (
            f"paths/{path.replace('/', '~1')}/{method}/responses/{status}/content/application~1json/schema"
        )
        validator = Draft202012Validator({"$ref": f"urn:graph#/{steps}"}, registry=registry)
        return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]

    return find


@pytest.fixture
def full(faces: Faces) -> Faces:
    """A calendar with one of each kind."""
    faces.world.set_choice(faces.book(1).id, reason="lunch", forwarding="announcement")
    faces.book(2, sensitivity="private", location="Mälaren", body="Text", response="declined")
    faces.book(3, show_as="unknown", cancelled=True, zone="tzone://Microsoft/Custom")
    faces.world.book(faces.anna.id, "Ledig", NOW, NOW + timedelta(days=1), all_day=True, show_as="oof")
    for days in (1, 7):
        series = faces.world.book_series(faces.anna.id, "Serie", NOW, NOW + timedelta(hours=1), days, 4)
        faces.world.change(series[2].id, subject="Flyttad")
    return faces


GETS = [
    ("/users", "/users", {}),
    ("/users", "/users", {"$select": "id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled"}),
    ("/users/{user-id}", "/users/anna.berg@contoso.test", {}),
    ("/users/{user-id}/calendarView", "/users/{anna}/calendarView", WINDOW),
    ("/users/{user-id}/calendarView", "/users/{anna}/calendarView", {**WINDOW, "$select": OURS, "$top": "2"}),
    ("/users/{user-id}/calendar/calendarView", "/users/{anna}/calendar/calendarView", WINDOW),
    ("/users/{user-id}/events", "/users/{anna}/events", {"$top": "50"}),
    ("/users/{user-id}/events/{event-id}", "/users/{anna}/events/{event}", {}),
    ("/subscriptions", "/subscriptions", {}),
    ("/subscriptions/{subscription-id}", "/subscriptions/{subscription}", {}),
]


def subscription(faces: Faces) -> dict[str, Any]:
    faces.world.notifications = lambda url, payload: None
    body = {
        "changeType": "created,updated,deleted",
        "notificationUrl": "https://sync.contoso.test/graph",
        "lifecycleNotificationUrl": "https://sync.contoso.test/graph",
        "resource": f"users/{faces.anna.id}/events",
        "expirationDateTime": "2026-11-30T00:00:00Z",
        "clientState": "hemlig",
    }
    return faces.graph("POST", "/subscriptions", body=body, **IMMUTABLE).json


@pytest.mark.parametrize(("path", "url", "query"), GETS)
def test_an_answer_is_as_the_contract_says(
    full: Faces, flaws: Any, path: str, url: str, query: dict[str, str]
) -> None:
    ids = {
        "anna": full.anna.id,
        "event": full.view(full.anna)[0]["id"],
        "subscription": subscription(full)["id"],
    }
    answer = full.graph("GET", url.format(**ids), query, **IMMUTABLE)
    assert (answer.status_code, flaws(answer.json, path)) == (200, [])


def test_every_part_of_a_batch_is_as_the_contract_says(full: Faces, flaws: Any) -> None:
    ids = {
        "anna": full.anna.id,
        "event": full.view(full.anna)[0]["id"],
        "subscription": subscription(full)["id"],
    }
    requests = [
        {
            "id": str(number),
            "method": "GET",
            "url": url.format(**ids) + "?" + "&".join(f"{name}={value}" for name, value in query.items()),
        }
        for number, (_, url, query) in enumerate(GETS)
    ]
    parts = full.graph("POST", "/$batch", body={"requests": requests}).json["responses"]
    wrong = {each["id"]: flaws(each["body"], GETS[int(each["id"])][0]) for each in parts}
    assert wrong == {str(number): [] for number in range(len(GETS))}


def test_a_subscription_is_made_and_renewed_as_the_contract_says(faces: Faces, flaws: Any) -> None:
    made = subscription(faces)
    renewed = faces.graph(
        "PATCH", f"/subscriptions/{made['id']}", body={"expirationDateTime": "2026-12-01T00:00:00Z"}
    )
    assert flaws(made, "/subscriptions", "post", "201") == []
    assert flaws(renewed.json, "/subscriptions/{subscription-id}", "patch") == []


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/users/{user-id}", "/users/nobody@contoso.test"),
        ("/users/{user-id}/calendarView", "/users/{bo}/calendarView"),
        ("/users/{user-id}/calendarView", "/users/{anna}/calendarView"),
        ("/users/{user-id}/events/{event-id}", "/users/{anna}/events/x"),
        ("/subscriptions/{subscription-id}", "/subscriptions/x"),
    ],
)
def test_an_error_is_as_the_contract_says(faces: Faces, flaws: Any, path: str, url: str) -> None:
    answer = faces.graph("GET", url.format(anna=faces.anna.id, bo=faces.bo.id))
    assert (answer.status_code // 100, flaws(answer.json, path, status="4XX")) == (4, [])


def test_a_notification_is_as_the_contract_says(faces: Faces, registry: Registry) -> None:
    sent: list[Any] = []
    subscription(faces)
    faces.world.notifications = lambda url, payload: sent.append(payload)
    faces.book()
    schema = {"$ref": "urn:graph#/components/schemas/microsoft.graph.changeNotificationCollection"}
    validator = Draft202012Validator(schema, registry=registry)
    assert [list(validator.iter_errors(each)) for each in sent] == [[]]


def test_the_contract_finds_a_wrong_answer(full: Faces, flaws: Any) -> None:
    answer = full.graph("GET", f"/users/{full.anna.id}/calendarView", WINDOW).json
    answer["value"][0]["showAs"] = "sleeping"
    assert len(flaws(answer, "/users/{user-id}/calendarView")) == 1
