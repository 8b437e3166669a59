"""The simulated authority gives tokens to whom it should, and says no in Microsoft's words."""

import datetime
from collections.abc import Iterator

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mss.simulators.server import Served, serve

from .conftest import Faces

GRAPH = "https://graph.microsoft.com/.default"


def ask(faces: Faces, tenant: str = "contoso.test", **fields: str) -> tuple[int, list[int] | None]:
    form = {
        "grant_type": "client_credentials",
        "client_id": faces.world.secrets.client_id,
        "client_secret": faces.world.secrets.client_secret,
        "scope": GRAPH,
    }
    answer = faces.plain("POST", f"/{tenant}/oauth2/v2.0/token", data=form | fields)
    return answer.status_code, answer.json.get("error_codes")


@pytest.mark.parametrize("tenant", ["contoso.test", "CONTOSO.test"])
def test_a_tenant_has_its_domains_as_names(faces: Faces, tenant: str) -> None:
    assert ask(faces, tenant) == ask(faces, faces.tenant.id) == (200, None)


@pytest.mark.parametrize(
    ("fields", "status", "number"),
    [
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_id": "somebody"}, 400, 700016),
        ({"scope": "https://graph.microsoft.com/Calendars.Read"}, 400, 1002012),
        ({"grant_type": "password"}, 400, 70003),
    ],
)
def test_a_wrong_request_has_its_number(
    faces: Faces, fields: dict[str, str], status: int, number: int
) -> None:
    assert ask(faces, **fields) == (status, [number])


def test_an_application_that_is_not_consented_gets_nothing(faces: Faces) -> None:
    faces.tenant.consented = False
    assert ask(faces) == (401, [7000229])


def test_a_disabled_application_gets_nothing(faces: Faces) -> None:
    faces.tenant.disabled = True
    assert ask(faces) == (400, [7000112])


def test_a_tenant_nobody_knows_has_no_discovery(faces: Faces) -> None:
    answer = faces.plain("GET", "/nowhere.test/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json["error"], answer.json["error_codes"]) == (
        400,
        "invalid_request",
        [90002],
    )


def test_discovery_names_the_token_endpoint_of_the_tenant(faces: Faces) -> None:
    answer = faces.plain("GET", "/contoso.test/v2.0/.well-known/openid-configuration").json
    assert answer["token_endpoint"] == f"http://localhost/{faces.tenant.id}/oauth2/v2.0/token"


def test_a_fault_has_the_number_it_was_ordered_with(faces: Faces) -> None:
    faces.world.faults.add("token", path="token$", code=53003)
    assert [ask(faces), ask(faces)] == [(400, [53003]), (200, None)]


@pytest.fixture
def served(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = serve(faces.world)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.ca_file))
    yield served
    served.stop()


def client(served: Served, credential: object) -> msal.ConfidentialClientApplication:
    tenant = served.world.tenant("contoso.test")
    assert tenant
    return msal.ConfidentialClientApplication(
        served.world.secrets.client_id,
        authority=f"{served.urls['faces']}/{tenant.id}",
        client_credential=credential,
        instance_discovery=False,
    )


def certificate() -> tuple[str, str]:
    """A self-signed certificate and its key, PEM."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sync.contoso.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem).decode(), key.private_bytes(pem, *form).decode()


class TestMsal:
    def test_it_gets_a_token_by_secret(self, served: Served) -> None:
        app = client(served, served.world.secrets.client_secret)
        assert app.acquire_token_for_client([GRAPH])["token_source"] == "identity_provider"

    def test_it_gets_a_token_by_a_registered_certificate(self, served: Served) -> None:
        public, key = certificate()
        app = client(served, {"private_key": key, "public_certificate": public})
        assert app.acquire_token_for_client([GRAPH])["error_codes"] == [700027]
        served.world.secrets.certificates.append(public)
        again = client(served, {"private_key": key, "public_certificate": public})
        assert again.acquire_token_for_client([GRAPH])["token_type"] == "Bearer"

    def test_a_consent_that_is_withdrawn_shows_in_a_token_that_is_fresh(self, served: Served) -> None:
        app = client(served, served.world.secrets.client_secret)
        app.acquire_token_for_client([GRAPH])
        for tenant in served.world.tenants.values():
            tenant.consented = False
        assert app.acquire_token_for_client([GRAPH])["token_source"] == "cache"
        app.remove_tokens_for_client()
        assert app.acquire_token_for_client([GRAPH])["error_codes"] == [7000229]

    def test_a_tenant_nobody_knows_is_a_value_error(self, served: Served) -> None:
        with pytest.raises(ValueError, match="authority configuration"):
            msal.ConfidentialClientApplication(
                "x",
                authority=f"{served.urls['faces']}/nowhere.test",
                client_credential="x",
                instance_discovery=False,
            )
