"""What the Ingresses of the platform's own web interfaces have in common."""

from __future__ import annotations

from modules.expression import Value
from modules.settings.organisation import Organisation


def certificate_annotations(organisation: Organisation) -> dict[str, Value]:
    """Return the annotations that have the certificate signed; none where a TLS Secret holds it."""
    if organisation.certificate_issuer is None:
        return {}
    return {"cert-manager.io/cluster-issuer": organisation.certificate_issuer}


def tls(organisation: Organisation, *, host: str, certificate: str) -> list[Value]:
    """Return the TLS section for `host`: the certificate lies in the organisation's TLS Secret, else in the one named `certificate`."""
    return [{"hosts": [host], "secretName": organisation.tls_secret or certificate}]
