"""The simulated Graph: what it gives, what it refuses, and that a careless client is caught."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mss.simulators.seed import contoso
from mss.simulators.token import issue

from .conftest import IMMUTABLE, NOW, OURS, WINDOW, Clock, Faces, code

PROPERTY = "String {00020329-0000-0000-C000-000000000046} Name cecp-9c2a3f7e-51d4-4b8a-a1c6-0f5f6d2e8b47"
EXPAND = f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
HAS = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value ne null)"


def pages(faces: Faces, path: str, query: dict[str, str], **headers: str) -> list[list[dict[str, Any]]]:
    answer = faces.graph("GET", path, query, **headers).json
    found = [answer["value"]]
    while "@odata.nextLink" in answer:
        link = answer["@odata.nextLink"].removeprefix("http://localhost/v1.0")
        answer = faces.graph("GET", *link.split("?"), **headers).json
        found.append(answer["value"])
    return found


class TestTheWindow:
    def test_a_page_holds_ten_and_the_link_leads_to_the_rest(self, faces: Faces) -> None:
        booked = [faces.book(hours, str(hours)).subject for hours in range(23)]
        path = f"/users/{faces.anna.id}/calendarView"
        found = pages(faces, path, {**WINDOW, "$select": "subject"})
        assert [len(page) for page in found] == [10, 10, 3]
        assert [each["subject"] for page in found for each in page] == booked

    def test_a_client_that_does_not_page_misses_bookings(self, faces: Faces) -> None:
        for hours in range(23):
            faces.book(hours)
        assert len(faces.view(faces.anna)) == 10

    @pytest.mark.parametrize("top", ["0", "1001", "-1", "x", "²"])
    def test_a_page_size_out_of_range_is_refused(self, faces: Faces, top: str) -> None:
        answer = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", {**WINDOW, "$top": top})
        assert code(answer) == (400, "ErrorInvalidParameter")

    def test_what_overlaps_is_shown_and_what_touches_is_not(self, faces: Faces) -> None:
        kept = [faces.book(hours).id for hours in (1, 2.5)]
        faces.book(0)
        faces.book(3)
        window = {"startDateTime": "2026-11-24T09:00:00Z", "endDateTime": "2026-11-24T11:00:00Z"}
        shown = [
            each.id
            for each in faces.world.events_of(faces.anna.id, *map(datetime.fromisoformat, window.values()))
        ]
        assert shown == kept

    def test_an_offset_of_the_window_decides(self, faces: Faces) -> None:
        faces.book(1)
        narrow = {"startDateTime": "2026-11-24T10:00:00+01:00", "endDateTime": "2026-11-24T11:00:00+01:00"}
        assert len(faces.view(faces.anna, **narrow)) == 1

    def test_a_series_is_shown_without_its_master(self, faces: Faces) -> None:
        master, *_ = faces.world.book_series(faces.anna.id, "Serie", NOW, NOW + timedelta(hours=1), 1, 3)
        shown = faces.view(faces.anna, **{"$select": "type,seriesMasterId"})
        event = faces.graph("GET", f"/users/{faces.anna.id}/events/{shown[0]['seriesMasterId']}", **IMMUTABLE)
        assert [each["type"] for each in shown] == ["occurrence"] * 3
        assert (event.json["type"], event.json["subject"]) == ("seriesMaster", master.subject)

    def test_a_change_is_seen_at_once(self, faces: Faces) -> None:
        event = faces.book()
        faces.world.change(event.id, show_as="oof")
        assert [each["showAs"] for each in faces.view(faces.anna)] == ["oof"]
        faces.world.delete(event.id)
        assert faces.view(faces.anna) == []

    def test_without_a_window_it_is_refused(self, faces: Faces) -> None:
        answer = faces.graph("GET", f"/users/{faces.anna.id}/calendarView")
        assert code(answer) == (400, "ErrorInvalidParameter")


class TestTheFields:
    def test_exactly_what_was_selected_comes_with_etag_and_id(self, faces: Faces) -> None:
        faces.book(body="KANARIE-BODY")
        assert [set(each) for each in faces.view(faces.anna, **{"$select": "showAs,start"})] == [
            {"@odata.etag", "id", "showAs", "start"}
        ]

    def test_a_client_that_does_not_select_gets_the_body(self, faces: Faces) -> None:
        faces.book(body="KANARIE-BODY")
        assert faces.view(faces.anna)[0]["body"] == {"contentType": "text", "content": "KANARIE-BODY"}

    def test_a_graph_that_overshares_sends_the_body_whatever_was_selected(self, faces: Faces) -> None:
        faces.book(body="KANARIE-BODY")
        faces.world.overshares = True
        assert faces.view(faces.anna, **{"$select": OURS})[0]["bodyPreview"] == "KANARIE-BODY"

    @pytest.mark.parametrize("name", ["title", "Subject", "", "createdDateTime", "lastModifiedDateTime"])
    def test_a_field_graph_does_not_give_is_refused(self, faces: Faces, name: str) -> None:
        query = {**WINDOW, "$select": f"id,{name}"}
        answer = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", query)
        assert code(answer) == (400, "RequestBroker--ParseUri")

    def test_the_same_dates_may_be_selected_of_one_event(self, faces: Faces) -> None:
        faces.book()
        path = f"/users/{faces.anna.id}/events/{faces.view(faces.anna)[0]['id']}"
        answer = faces.graph("GET", path, {"$select": "createdDateTime"})
        assert answer.status_code == 200

    def test_times_have_seven_decimals_and_the_zone_asked_for(self, faces: Faces) -> None:
        faces.book(1)
        shown = [
            faces.view(faces.anna, {"Prefer": f'outlook.timezone="{zone}"'})[0]["start"]
            for zone in ("UTC", "Europe/Stockholm", "W. Europe Standard Time")
        ]
        assert shown == [
            {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"},
            {"dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "Europe/Stockholm"},
            {"dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "W. Europe Standard Time"},
        ]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "Tokyo Standard Time"])
    def test_a_whole_day_is_midnights_in_utc_whatever_the_zone(self, faces: Faces, zone: str) -> None:
        faces.world.book(faces.anna.id, "Ledig", NOW, NOW + timedelta(days=1), all_day=True)
        shown = faces.view(faces.anna, {"Prefer": f'outlook.timezone="{zone}"'})[0]
        assert (shown["start"], shown["end"]) == (
            {"dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "UTC"},
            {"dateTime": "2026-11-25T00:00:00.0000000", "timeZone": "UTC"},
        )

    def test_an_option_graph_does_not_know_is_refused(self, faces: Faces) -> None:
        answer = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", {**WINDOW, "$fields": "id"})
        assert code(answer) == (400, "BadRequest")


class TestIds:
    def test_an_immutable_id_survives_a_move_between_folders(self, faces: Faces) -> None:
        event = faces.book()
        before = faces.view(faces.anna)[0]["id"]
        faces.world.move_to_folder(event.id)
        assert faces.view(faces.anna)[0]["id"] == before

    def test_a_client_that_does_not_ask_for_them_loses_the_booking(self, faces: Faces) -> None:
        event = faces.book()
        before = faces.view(faces.anna, {})[0]["id"]
        faces.world.move_to_folder(event.id)
        gone = faces.graph("GET", f"/users/{faces.anna.id}/events/{before}")
        assert faces.view(faces.anna, {})[0]["id"] != before
        assert code(gone) == (404, "ErrorItemNotFound")

    def test_the_preference_may_stand_alone_or_beside_others(self, faces: Faces) -> None:
        faces.book()
        ids = {
            faces.view(faces.anna, {"Prefer": prefer})[0]["id"][:8]
            for prefer in (
                'IdType="ImmutableId"',
                'outlook.timezone="UTC", IdType="ImmutableId"',
                "idtype=immutableid",
            )
        }
        assert ids == {"AAkALgAA"}

    def test_an_id_that_is_none_is_refused(self, faces: Faces) -> None:
        answer = faces.graph("GET", f"/users/{faces.anna.id}/events/AAkALg-x")
        assert code(answer) == (400, "ErrorInvalidIdMalformed")


class TestTheChoice:
    BAG = (
        '{"choice": "{\\"v\\": 1, \\"owner\\": \\"anna.berg@contoso.test\\",'
        ' \\"reason\\": \\"lunch\\", \\"forwarding\\": \\"announcement\\"}"}'
    )

    def test_it_comes_with_a_view_that_expands_it(self, faces: Faces) -> None:
        faces.world.set_choice(faces.book(1).id, reason="lunch", forwarding="announcement")
        faces.book(2)
        found = faces.view(faces.anna, **{"$select": "id", "$expand": EXPAND})
        name = PROPERTY.replace("C000", "c000")
        assert [each.get("singleValueExtendedProperties") for each in found] == [
            [{"id": name, "value": self.BAG}],
            None,
        ]

    @pytest.mark.parametrize(
        "expand", [EXPAND.replace("cecp-9c2a", "cecp-9C2A"), EXPAND.replace("cecp-9c2a", "cecp-0000")]
    )
    def test_another_name_finds_nothing(self, faces: Faces, expand: str) -> None:
        faces.world.set_choice(faces.book(1).id, skip=True)
        found = faces.view(faces.anna, **{"$select": "id", "$expand": expand})
        assert "singleValueExtendedProperties" not in found[0]

    def test_a_view_may_be_unable_to_expand(self, faces: Faces) -> None:
        faces.world.set_choice(faces.book(1).id, skip=True)
        faces.world.expand_on_calendar_view = False
        found = faces.view(faces.anna, **{"$select": "id", "$expand": EXPAND})
        assert "singleValueExtendedProperties" not in found[0]

    def test_events_finds_every_item_that_has_one_masters_too(self, faces: Faces) -> None:
        master, *_ = faces.world.book_series(faces.anna.id, "Serie", NOW, NOW + timedelta(hours=1), 1, 3)
        faces.world.set_choice(master.id, skip=True)
        faces.world.set_choice(faces.book(3).id, reason="lunch")
        faces.book(4)
        query = {"$filter": HAS, "$expand": EXPAND, "$select": "id,type,seriesMasterId"}
        found = faces.graph("GET", f"/users/{faces.anna.id}/events", query, **IMMUTABLE).json["value"]
        assert [(each["type"], len(each["singleValueExtendedProperties"])) for each in found] == [
            ("seriesMaster", 1),
            ("singleInstance", 1),
        ]

    def test_another_filter_is_not_implemented(self, faces: Faces) -> None:
        answer = faces.graph("GET", f"/users/{faces.anna.id}/events", {"$filter": "subject eq 'x'"})
        assert code(answer) == (501, "NotImplemented")


class TestPeople:
    @pytest.mark.parametrize(
        ("address", "found"),
        [
            ("anna.berg@contoso.test", ["Anna Berg"]),
            ("ANNA.BERG@CONTOSO.TEST", ["Anna Berg"]),
            ("o''brien+x@contoso.test", ["Siobhan O'Brien"]),
            ("a or b@contoso.test", []),
            ("anna@contoso.test", []),
        ],
    )
    def test_they_are_found_by_primary_address(self, faces: Faces, address: str, found: list[str]) -> None:
        faces.world.add_person(faces.tenant, "Siobhan O'Brien", "O'Brien+x@contoso.test")
        query = {"$filter": f"mail eq '{address}' or userPrincipalName eq '{address}'"}
        answer = faces.graph("GET", "/users", query)
        assert [each["displayName"] for each in answer.json["value"]] == found

    def test_an_alias_is_found_by_an_advanced_query_only(self, faces: Faces) -> None:
        query = {"$filter": "proxyAddresses/any(p:p eq 'smtp:Anna@contoso.test')"}
        advanced = faces.graph("GET", "/users", query | {"$count": "true"}, ConsistencyLevel="eventual")
        assert code(faces.graph("GET", "/users", query)) == (400, "Request_UnsupportedQuery")
        assert [each["id"] for each in advanced.json["value"]] == [faces.anna.id]

    def test_an_address_is_no_key(self, faces: Faces) -> None:
        answer = faces.graph("GET", "/users/anna@contoso.test")
        assert code(answer) == (404, "Request_ResourceNotFound")

    def test_another_tenants_people_are_nobody(self, faces: Faces) -> None:
        other = faces.world.add_tenant("Fabrikam AB", ["fabrikam.test"])
        token = issue(faces.world, other)
        answer = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", WINDOW, token=token)
        assert code(answer) == (404, "Request_ResourceNotFound")
        assert faces.graph("GET", "/users", token=token).json["value"] == []

    def test_somebody_may_have_no_mailbox(self, faces: Faces) -> None:
        answer = faces.graph("GET", f"/users/{faces.bo.id}/calendarView", WINDOW)
        assert code(answer) == (404, "MailboxNotEnabledForRESTAPI")
        assert faces.graph("GET", f"/users/{faces.bo.id}").json["displayName"] == "Bo Ek"


class TestWhoMayAsk:
    @pytest.mark.parametrize("token", ["", "x", "a.b.c"])
    def test_without_a_good_token_nothing_is_answered(self, faces: Faces, token: str) -> None:
        assert code(faces.graph("GET", "/users", token=token)) == (401, "InvalidAuthenticationToken")

    def test_a_token_ends(self, faces: Faces, clock: Clock) -> None:
        token = issue(faces.world, faces.tenant)
        clock.now += timedelta(minutes=74)
        assert faces.graph("GET", "/users", token=token).status_code == 200
        clock.now += timedelta(minutes=2)
        assert code(faces.graph("GET", "/users", token=token)) == (401, "InvalidAuthenticationToken")

    def test_a_token_without_the_permission_is_good_for_nothing(self, faces: Faces) -> None:
        faces.tenant.roles.remove("Calendars.Read")
        view = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", WINDOW)
        assert code(view) == (403, "ErrorAccessDenied")
        assert faces.graph("GET", "/users").status_code == 200

    def test_a_path_graph_does_not_have_is_refused(self, faces: Faces) -> None:
        assert code(faces.graph("GET", f"/users/{faces.anna.id}/calender")) == (400, "BadRequest")

    def test_the_clients_request_id_comes_back(self, faces: Faces) -> None:
        answer = faces.graph("GET", "/users", **{"client-request-id": "abc"})
        assert answer.headers["client-request-id"] == "abc"


class TestBatch:
    def ask(self, faces: Faces, *parts: dict[str, Any]) -> dict[str, tuple[int, str]]:
        answer = faces.graph("POST", "/$batch", body={"requests": list(parts)})
        found = {each["id"]: each for each in answer.json["responses"]}
        return {
            ident: (each["status"], each.get("body", {}).get("error", {}).get("code", ""))
            for ident, each in sorted(found.items())
        }

    def get(self, ident: str, url: str, **more: Any) -> dict[str, Any]:
        return {"id": ident, "method": "GET", "url": url, **more}

    def test_each_part_is_judged_alone(self, faces: Faces) -> None:
        found = self.ask(
            faces,
            self.get("a", f"/users/{faces.anna.id}"),
            self.get("b", "/users/nobody"),
            self.get("c", f"users/{faces.bo.id}/events"),
            self.get("d", "/nothing"),
        )
        assert found == {
            "a": (200, ""),
            "b": (404, "Request_ResourceNotFound"),
            "c": (404, "MailboxNotEnabledForRESTAPI"),
            "d": (400, "BadRequest"),
        }

    def test_the_answers_come_in_another_order(self, faces: Faces) -> None:
        parts = [self.get(ident, "/users") for ident in "abc"]
        answer = faces.graph("POST", "/$batch", body={"requests": parts}).json["responses"]
        assert [each["id"] for each in answer] == ["c", "b", "a"]

    def test_one_part_may_be_throttled(self, faces: Faces) -> None:
        faces.world.faults.add("graph", path="/users/b", status=429, retry_after=7, part=True)
        parts = [self.get(ident, f"/users/{ident}") for ident in ("a", "b")]
        answer = faces.graph("POST", "/$batch", body={"requests": parts}).json["responses"]
        found = {each["id"]: (each["status"], each["headers"].get("Retry-After")) for each in answer}
        assert found == {"a": (404, None), "b": (429, "7")}

    def test_a_part_has_its_own_headers(self, faces: Faces) -> None:
        faces.book()
        url = f"/users/{faces.anna.id}/events?$select=id"
        parts = [self.get("a", url, headers=IMMUTABLE), self.get("b", url)]
        answer = faces.graph("POST", "/$batch", body={"requests": parts}, **IMMUTABLE).json["responses"]
        ids = {each["id"]: each["body"]["value"][0]["id"][:8] for each in answer}
        assert ids == {"a": "AAkALgAA", "b": "AAMkAGI1"}

    def test_a_body_needs_its_content_type(self, faces: Faces) -> None:
        part = {"id": "a", "method": "PATCH", "url": "/subscriptions/x", "body": {}}
        with_type = {**part, "id": "b", "headers": {"Content-Type": "application/json"}}
        assert self.ask(faces, part, with_type) == {"a": (400, "BadRequest"), "b": (404, "ResourceNotFound")}

    def test_what_depends_on_a_failure_is_not_done(self, faces: Faces) -> None:
        found = self.ask(faces, self.get("a", "/users/x"), self.get("b", "/users", dependsOn=["a"]))
        assert found == {"a": (404, "Request_ResourceNotFound"), "b": (424, "FailedDependency")}

    @pytest.mark.parametrize(
        "parts",
        [
            [],
            [{"id": str(number), "method": "GET", "url": "/users"} for number in range(21)],
            [{"id": ident, "method": "GET", "url": "/users"} for ident in ("a", "A")],
            [{"id": "a", "method": "GET", "url": "https://graph.contoso.test/v1.0/users"}],
            [{"id": 1, "method": "GET", "url": "/users"}],
            ["a"],
        ],
        ids=["empty", "21", "same id", "absolute", "number as id", "no object"],
    )
    def test_a_batch_that_is_none_is_refused(self, faces: Faces, parts: list[Any]) -> None:
        assert code(faces.graph("POST", "/$batch", body={"requests": parts})) == (400, "BadRequest")

    def test_twenty_calendars_are_read_in_one_batch(self) -> None:
        world = contoso(NOW, clock=lambda: NOW)
        tenant = world.tenant("contoso.test")
        assert tenant
        people = [each for each in world.people.values() if each.mailbox][:20]
        faces = Faces(world, tenant, *people[:2])
        query = f"?{'&'.join(f'{name}={value}' for name, value in WINDOW.items())}&$select={OURS}&$top=1000"
        parts = [self.get(each.id, f"/users/{each.id}/calendarView{query}") for each in people]
        found = self.ask(faces, *parts)
        assert found == {each.id: (200, "") for each in people}


class TestFaults:
    def test_an_error_is_in_graphs_words_and_passes(self, faces: Faces) -> None:
        faces.world.faults.add("graph", path="calendarView", status=503, retry_after=3)
        first = faces.graph("GET", f"/users/{faces.anna.id}/calendarView", WINDOW)
        assert (*code(first), first.headers["Retry-After"]) == (503, "ServiceUnavailable", "3")
        assert faces.view(faces.anna) == []

    def test_a_page_may_be_broken(self, faces: Faces) -> None:
        faces.world.faults.add("graph", path="skiptoken", garbage=True)
        for hours in range(12):
            faces.book(hours)
        with pytest.raises(ValueError):
            pages(faces, f"/users/{faces.anna.id}/calendarView", WINDOW)

    def test_a_connection_may_break(self, faces: Faces) -> None:
        faces.world.faults.add("graph", reset=True)
        with pytest.raises(ConnectionResetError):
            faces.graph("GET", "/users")

    def test_other_methods_and_faces_are_not_hit(self, faces: Faces) -> None:
        faces.world.faults.add("graph", method="POST", status=500)
        faces.world.faults.add("onex", status=500)
        assert faces.graph("GET", "/users").status_code == 200
        assert len(faces.world.faults) == 2

    def test_what_was_asked_is_remembered_without_secrets(self, faces: Faces) -> None:
        faces.graph("GET", "/users", {"$top": "5"}, ConsistencyLevel="eventual")
        asked = faces.world.requests[-1]
        assert (asked.face, asked.method, asked.path, asked.query, asked.headers) == (
            "graph",
            "GET",
            "/v1.0/users",
            {"$top": "5"},
            {"ConsistencyLevel": "eventual"},
        )
