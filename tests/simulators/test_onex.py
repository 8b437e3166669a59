"""The simulated One X keeps to the rules of its API."""

from typing import Any

import pytest

from .conftest import Faces

APPLY = "/customers/contoso/absences:apply"
HOUR = {"starts_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T10:00:00Z"}


def put(version: int = 1, key: str = "k1", **fields: Any) -> dict[str, Any]:
    """A `set` for Anna, without diversion."""
    content = {"all_day": False, "reason": "meeting", "forwarding": "none", "priority": 4}
    absence = content | {"title": None, "returns_at": None} | HOUR
    return {"op": "set", "key": key, "extension": "x1", "version": version} | absence | fields


def clear(version: int, key: str = "k1", extension: str = "x1") -> dict[str, Any]:
    return {"op": "clear", "key": key, "extension": extension, "version": version}


def apply(faces: Faces, *changes: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    answer = faces.onex("POST", APPLY, body={"changes": list(changes)})
    assert answer.status_code == 200, answer.text
    return [(each["status"], each["code"], each["held_version"]) for each in answer.json["results"]]


def held(faces: Faces) -> list[dict[str, Any]]:
    return faces.onex("GET", "/customers/contoso/absences").json["items"]


def problem(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json["code"], answer.content_type


class TestApply:
    def test_what_was_set_is_read_back(self, faces: Faces) -> None:
        asked = put(title="Möte å ä ö", returns_at="2026-11-24T11:00:00Z", forwarding="announcement")
        assert apply(faces, asked) == [("applied", None, 1)]
        assert held(faces) == [{name: value for name, value in asked.items() if name != "op"}]

    def test_the_same_again_changes_nothing(self, faces: Faces) -> None:
        assert apply(faces, put(3), put(3), put(3)) == [("applied", None, 3)] * 3
        assert (len(held(faces)), faces.world.pbx.revision) == (1, 1)

    def test_a_lower_version_is_stale_and_says_what_was_seen(self, faces: Faces) -> None:
        assert apply(faces, put(5), put(4, reason="lunch"), clear(2)) == [
            ("applied", None, 5),
            ("stale", None, 5),
            ("stale", None, 5),
        ]
        assert [each["reason"] for each in held(faces)] == ["meeting"]

    def test_a_set_that_comes_after_its_clear_is_stale(self, faces: Faces) -> None:
        assert apply(faces, put(1), clear(3), put(2)) == [
            ("applied", None, 1),
            ("applied", None, 3),
            ("stale", None, 3),
        ]
        assert held(faces) == []

    def test_a_clear_of_what_nobody_knows_is_applied_and_remembered(self, faces: Faces) -> None:
        assert apply(faces, clear(7, extension="x99"), put(6)) == [("applied", None, 7), ("stale", None, 7)]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"extension": "x99"}, "unknown_extension"),
            ({"reason": "nap"}, "unknown_reason"),
            ({"extension": "x2", "forwarding": "announcement"}, "no_diversion_service"),
            ({"ends_at": HOUR["starts_at"]}, "invalid_times"),
            ({"title": "x" * 256}, "title_too_long"),
        ],
    )
    def test_what_never_will_be_is_rejected_and_the_others_go_on(
        self, faces: Faces, fields: dict[str, Any], code: str
    ) -> None:
        assert apply(faces, put(1), put(2, **fields), put(1, key="k2")) == [
            ("applied", None, 1),
            ("rejected", code, 1),
            ("applied", None, 1),
        ]
        assert [each["version"] for each in held(faces)] == [1, 1]

    def test_a_title_of_255_characters_is_taken(self, faces: Faces) -> None:
        assert apply(faces, put(title="å" * 255)) == [("applied", None, 1)]

    def test_500_changes_are_taken_and_501_are_not(self, faces: Faces) -> None:
        changes = [put(key=f"k{number}") for number in range(501)]
        answer = faces.onex("POST", APPLY, body={"changes": changes})
        assert problem(answer) == (413, "too_many_changes", "application/problem+json")
        assert len(apply(faces, *changes[:500])) == len(faces.world.pbx.log) == 500

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            [],
            {},
            {"changes": {}},
            {"changes": [put(), 1]},
            {"changes": [put(), put(0)]},
            {"changes": [put(), put(True)]},
            {"changes": [put(), put(key="å")]},
            {"changes": [put(), put(key="k" * 121)]},
            {"changes": [put(), put(starts_at="2026-11-24T09:00:00")]},
            {"changes": [put(), put(starts_at="idag")]},
            {"changes": [put(), put(forwarding="voicemail")]},
            {"changes": [put(), put(all_day=None)]},
            {"changes": [put(), {"op": "drop", **clear(1)} | {"op": "drop"}]},
        ],
    )
    def test_a_body_that_does_not_parse_applies_nothing(self, faces: Faces, body: Any) -> None:
        answer = faces.onex("POST", APPLY, body=body)
        assert (*problem(answer)[:2], held(faces)) == (422, "malformed", [])

    def test_a_fault_may_reject_one_change(self, faces: Faces) -> None:
        faces.world.faults.add("onex", path="^k2$", code="unknown_reason", part=True)
        assert apply(faces, put(key="k1"), put(key="k2"), put(key="k3")) == [
            ("applied", None, 1),
            ("rejected", "unknown_reason", 0),
            ("applied", None, 1),
        ]

    def test_an_answer_may_be_lost_after_it_was_applied(self, faces: Faces) -> None:
        faces.world.faults.add("onex", path="apply", status=500, after_applying=True)
        answer = faces.onex("POST", APPLY, body={"changes": [put()]})
        assert (answer.status_code, len(held(faces))) == (500, 1)
        assert (apply(faces, put()), faces.world.pbx.calls) == ([("applied", None, 1)], 2)


class TestReading:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({}, ["Anna Berg", "Bo Ek"]),
            ({"email": "ANNA.berg@contoso.test"}, ["Anna Berg"]),
            ({"email": "anna.berg"}, []),
            ({"q": "BERG"}, ["Anna Berg"]),
            ({"q": "00002"}, ["Bo Ek"]),
            ({"q": "x"}, []),
        ],
    )
    def test_extensions_are_found_by_address_or_part_of_anything(
        self, faces: Faces, query: dict[str, str], names: list[str]
    ) -> None:
        answer = faces.onex("GET", "/customers/contoso/extensions", query).json
        assert ([each["name"] for each in answer["items"]], answer["next"]) == (names, None)

    def test_an_extension_is_as_the_contract_says(self, faces: Faces) -> None:
        answer = faces.onex("GET", "/customers/contoso/extensions", {"q": "Anna"}).json
        assert answer["items"] == [
            {
                "id": "x1",
                "number": "+46104900001",
                "name": "Anna Berg",
                "email": "anna.berg@contoso.test",
                "services": ["diversion"],
            }
        ]

    def test_a_client_that_does_not_follow_the_cursor_misses_some(self, faces: Faces) -> None:
        apply(faces, *(put(key=f"k{number:03}") for number in range(150)))
        first = faces.onex("GET", "/customers/contoso/absences").json
        rest = faces.onex("GET", "/customers/contoso/absences", {"cursor": first["next"]}).json
        keys = [each["key"] for each in first["items"] + rest["items"]]
        assert (len(first["items"]), keys, rest["next"]) == (
            100,
            [f"k{number:03}" for number in range(150)],
            None,
        )

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"cursor": "x"}])
    def test_a_page_that_is_none_is_refused(self, faces: Faces, query: dict[str, str]) -> None:
        assert faces.onex("GET", "/customers/contoso/extensions", query).status_code == 422

    def test_absences_of_one_extension(self, faces: Faces) -> None:
        apply(faces, put(key="a"), put(key="b", extension="x2"))
        answer = faces.onex("GET", "/customers/contoso/absences", {"extension": "x2"}).json
        assert [each["key"] for each in answer["items"]] == ["b"]

    def test_what_a_person_removed_is_read_back_overridden_until_a_higher_version(self, faces: Faces) -> None:
        apply(faces, put(1))
        faces.world.pbx.remove_by_hand("k1")
        apply(faces, put(1))
        assert [each.get("overridden") for each in held(faces)] == [True]
        apply(faces, put(2))
        assert [each.get("overridden") for each in held(faces)] == [None]

    def test_customers_and_reasons(self, faces: Faces) -> None:
        customer = faces.onex("GET", "/customers/contoso").json
        reasons = faces.onex("GET", "/customers/contoso/reasons").json["items"]
        assert customer == {
            "id": "contoso",
            "name": "Contoso AB",
            "organisation_number": "559900-1001",
            "time_zone": "Europe/Stockholm",
        }
        assert (len(reasons), reasons[0]) == (
            13,
            {"code": "meeting", "label": {"sv": "Möte", "en": "Meeting"}},
        )

    @pytest.mark.parametrize(
        "path", ["/customers/nobody", "/customers/nobody/absences", "/persons/x", "/nothing"]
    )
    def test_what_is_unknown_is_not_found(self, faces: Faces, path: str) -> None:
        assert faces.onex("GET", path).status_code == 404

    def test_without_the_token_nothing_is_answered(self, faces: Faces) -> None:
        answer = faces.onex("GET", "/customers/contoso", Authorization="Bearer wrong")
        assert problem(answer) == (401, "unauthorized", "application/problem+json")

    def test_the_request_id_comes_back_and_is_remembered(self, faces: Faces) -> None:
        answer = faces.onex("GET", "/customers/contoso", **{"X-Request-ID": "r1"})
        assert answer.headers["X-Request-ID"] == "r1"
        assert faces.world.requests[-1].headers == {"X-Request-ID": "r1"}

    def test_a_busy_one_x_says_when_to_come_back(self, faces: Faces) -> None:
        faces.world.faults.add("onex", status=429, retry_after=4)
        answer = faces.onex("GET", "/customers/contoso")
        assert (*problem(answer)[:2], answer.headers["Retry-After"]) == (429, "too_many_requests", "4")
