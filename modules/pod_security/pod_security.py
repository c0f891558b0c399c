"""Every namespace is `restricted` unless the settings list it with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modules.bindings import Construct, ITerraformDependable
from modules.namespaces import POD_SECURITY_PREFIX
from modules.objects import KubernetesObject, Objects
from modules.pod_security import cel
from modules.pod_security.validating_policy import binding, policy, validation
from modules.settings import names
from modules.settings.organisation import PlatformNamespace

POLICY_NAME = "pod-security"
ENFORCE = f"{POD_SECURITY_PREFIX}/enforce"
ENFORCE_VERSION = f"{POD_SECURITY_PREFIX}/enforce-version"
NAMESPACE_REQUESTS = ("namespaces", "namespaces/finalize", "namespaces/status")
"""All that can change a namespace's labels: requests for its status and its finalizers carry them as well."""


def namespace_policy(levels: Mapping[str, str], kubernetes_version: str) -> KubernetesObject:
    """Return the policy that holds each namespace to its level in `levels`, any other to `restricted`, or to a stricter one.

    Nothing is exempt by name. The version of the level may be absent, `latest` or that of the cluster, since an old
    version is a weaker level. A namespace that is going away is left alone, or its finalizers could not be removed.
    """
    return policy(
        POLICY_NAME,
        rules=[
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": list(NAMESPACE_REQUESTS),
            }
        ],
        conditions={"not-terminating": "!has(object.metadata.deletionTimestamp)"},
        variables={
            "levels": cel.string_map(dict(sorted(levels.items()))),
            "strictness": '{"privileged": 0, "baseline": 1, "restricted": 2}',
            "decided": 'object.metadata.name in variables.levels ? variables.levels[object.metadata.name] : "restricted"',
            "given": f"has(object.metadata.labels) && {cel.string(ENFORCE)} in object.metadata.labels"
            f' ? object.metadata.labels[{cel.string(ENFORCE)}] : "none"',
            "version": f"has(object.metadata.labels) && {cel.string(ENFORCE_VERSION)} in object.metadata.labels"
            f' ? object.metadata.labels[{cel.string(ENFORCE_VERSION)}] : "latest"',
        },
        validations=[
            validation(
                expression="variables.given in variables.strictness"
                " && variables.strictness[variables.given] >= variables.strictness[variables.decided]",
                message=f"the namespace must carry the label {ENFORCE} with its decided level"
                " (restricted unless the cluster's settings list it) or a stricter one",
            ),
            validation(
                expression=f"variables.version in {cel.strings(['latest', f'v{kubernetes_version}'])}",
                message=f"the label {ENFORCE_VERSION} must be absent, latest or v{kubernetes_version}",
            ),
        ],
    )


class PodSecurity(Construct):
    """The guard of the namespaces' Pod Security levels (ADR: PodSecurityPolicies).

    It departs from the ADR's letter: PodSecurityPolicies are gone since Kubernetes 1.25, and besides kube-system the
    settings list the namespaces whose agents need the node, each with its reason.

    What is decided stands before any label, so that a level that the settings relax is known before the label follows;
    the API server takes a second to learn it, so such a change may have to be applied twice. It is put in force last
    and goes out of force first, so that namespaces and labels can be removed.
    """

    def __init__(
        self, scope: Construct, id_: str, *, namespaces: Iterable[PlatformNamespace], kubernetes_version: str
    ) -> None:
        """Decide the levels of `namespaces`, without effect until `enforce` is called."""
        super().__init__(scope, id_)
        levels = {each.name: each.level for each in namespaces}
        self.decided = Objects(
            self,
            "policy",
            release_name="pod-security-policy",
            namespace=names.KUBE_SYSTEM,
            objects=[namespace_policy(levels, kubernetes_version)],
        )

    def enforce(self, *, depends_on: Sequence[ITerraformDependable]) -> Objects:
        """Put the policy in force, once all that is in `depends_on` stands."""
        return Objects(
            self,
            "binding",
            release_name="pod-security-binding",
            namespace=names.KUBE_SYSTEM,
            objects=[binding(POLICY_NAME)],
            depends_on=[self.decided.resource, *depends_on],
        )
