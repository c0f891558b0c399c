"""X: what must be so before anything can be judged at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from policies import parameters
from policies.engine import Estate, Finding, control
from policies.engine.control import Judge
from policies.engine.estate import ROLES
from policies.engine.helm import releases
from policies.engine.resource import Resource

_CODE = (
    "null_resource",
    "terraform_data",
    "local_file",
    "local_sensitive_file",
    "aws_cloudformation_stack",
    "data.aws_lambda_invocation",
    "ephemeral.aws_lambda_invocation",
)
_IGNORING = ("ignore_tags", "ignore_labels", "ignore_annotations")
"""Arguments of providers by which a change of any resource is ignored."""
_PROTECTED_FROM_DELETION = (
    "auth0_client",
    "auth0_tenant",
    "aws_eks_cluster",
    "aws_cloudwatch_log_group",
    "aws_iam_openid_connect_provider",
    "aws_kms_key",
    "aws_route53_zone",
    "aws_eks_identity_provider_config",
)
_OBJECTS_TEMPLATE = "{{- range .Values.objects }} --- {{ toYaml . }} {{- end }}"


def _refusals(estate: Estate, control_id: str) -> Iterator[Finding]:
    estate.count(estate.stacks)
    for refusal in estate.refusals:
        if refusal.control == control_id:
            yield Finding(refusal.address, refusal.message, stack=refusal.stack)


def _loading(control_id: str, title: str, remediation: str) -> None:
    """Register a control whose findings were made while loading."""

    def judge(estate: Estate) -> Iterator[Finding]:
        yield from _refusals(estate, control_id)

    judge.__module__ = __name__
    judge.__doc__ = f"{title}; found while loading."
    _register(control_id, title, remediation)(judge)


def _register(control_id: str, title: str, remediation: str) -> Callable[[Judge], Judge]:
    return control(
        id=control_id, title=title, severity="critical", scope="estate", reads=ROLES, remediation=remediation
    )


_loading("X00-readable", "Everything that was given can be read whole", "Give whole, unaltered files.")
_loading("X01-count-zero", "Whatever is declared has an instance", "Remove the resource, or its count or for_each.")
_loading(
    "X10-same-addresses",
    "Plans and synthesized stacks hold the same addresses, each once",
    "Synthesize and plan again from one state of the code; remove foreign files from the stack's folder.",
)


@_register(
    "X06-trustworthy-plan",
    "Each plan is complete, of these days and without error",
    "Make the plan again, without -target, and give what `terraform show -json` prints of it.",
)
def trustworthy_plan(estate: Estate) -> Iterator[Finding]:
    """What was planned long ago is not what an apply would find now."""
    yield from _refusals(estate, "X06-trustworthy-plan")
    for stack in estate.stacks:
        made = str(stack.terraform.get("timestamp") or "")[:10] if stack.layer == "plan" else ""
        age = (estate.today - date.fromisoformat(made)).days if made else 0
        if age > parameters.OLDEST_PLAN:
            text = f"{stack.file}: the plan is {age} days old"
            yield Finding(stack.name, text, made, f"{parameters.OLDEST_PLAN} days at most", stack.name)
        version = str(stack.terraform.get("terraform_version") or "") if stack.layer == "plan" else ""
        numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdigit())
        if version and numbers < parameters.OLDEST_TERRAFORM:
            oldest = ".".join(map(str, parameters.OLDEST_TERRAFORM))
            text = f"{stack.file}: the plan was made by Terraform {version}"
            yield Finding(stack.name, text, version, f"{oldest} or later", stack.name)


@_register(
    "X02-ignore-changes", "No change of an attribute is ignored", "Remove ignore_changes, or record it in parameters."
)
def ignore_changes(estate: Estate) -> Iterator[Finding]:
    """Drift in what a decision fixes would stay for ever."""
    for resource in estate.resources():
        ignored = resource.lifecycle.get("ignore_changes") or ()
        for each in [ignored] if isinstance(ignored, str) else ignored:
            attribute = str(each).split(".")[0].split("[")[0]
            if attribute not in parameters.IGNORED_CHANGES.get(resource.type, ()):
                yield resource.finding(f"ignores changes of {each}", found=each, expected="no ignore_changes")
    for provider in estate.resources("provider.aws", "provider.kubernetes", "provider.kubectl"):
        for name in _IGNORING:
            yield from provider[name].must_be_absent("changes of every resource would be ignored")
    for manifest in estate.resources("kubernetes_manifest"):
        for each in manifest["computed_fields"].strings():
            if not each.startswith("metadata."):  # what the provider ignores by itself is labels and annotations
                yield manifest.finding(f"ignores changes of {each}", found=each, expected="no such computed_fields")
    for manifest in estate.resources("kubectl_manifest"):
        yield from manifest["ignore_fields"].must_be_absent("their changes would be ignored")


@_register(
    "X03-overrides",
    "Escape hatches touch only what is recorded",
    "Use the construct's own argument, or record the override.",
)
def overrides(estate: Estate) -> Iterator[Finding]:
    """An override rewrites what a construct has validated."""
    estate.count(estate.stacks)
    for stack in estate.stacks:
        for type_, names in stack.overrides.items():
            for name in names:
                if name.split(".")[0] not in parameters.OVERRIDES.get(type_, ()):
                    yield Finding(
                        type_,
                        f"stack {stack.name}: {type_}.{name} is overridden by an escape hatch that is not recorded",
                        f"{type_}.{name}",
                        sorted(parameters.OVERRIDES),
                        stack.name,
                    )


@_register(
    "X04-instances-known", "How many instances a resource has can be told", "Write count and for_each as literals."
)
def instances_known(estate: Estate) -> Iterator[Finding]:
    """A count that only Terraform knows may be zero."""
    for resource in estate.resources():
        if resource.multiplicity == "unknown":
            yield resource.finding("has a count or for_each that is no literal", expected="a literal")


@_register(
    "X07-forget",
    "Nothing is forgotten, and nothing protected destroyed",
    "Take the removal out, or do it in a change of its own.",
)
def forget(estate: Estate) -> Iterator[Finding]:
    """What Terraform forgets lives on unseen; what it destroys holds evidence."""
    yield from _refusals(estate, "X07-forget")
    gone = [each for stack in estate.stacks for each in stack.deleted if each.type in _PROTECTED_FROM_DELETION]
    for resource in (*gone, *estate.resources(*_PROTECTED_FROM_DELETION)):
        if "delete" in resource.actions:
            yield resource.finding("is to be destroyed", found=list(resource.actions), expected="no delete")


@_register(
    "X08-one-provider",
    "Each stack uses one AWS provider, in the fleet's account and region",
    "Remove the alias or region.",
)
def one_provider(estate: Estate) -> Iterator[Finding]:
    """A second provider or a region of its own puts a resource where nobody looks."""
    for provider in estate.resources("provider.aws"):
        if provider.name != "default":
            yield provider.finding("is a second AWS provider", found=provider.name, expected="one provider")
        yield from provider["region"].must_be(parameters.REGION)
    yield from _sources(estate)
    read = [each for stack in estate.stacks for each in stack.resources if each.mode in ("data", "ephemeral")]
    for resource in (*estate.resources(), *read):
        region = resource["region"]
        elsewhere = not region.absent and not (region.known and region.text() == parameters.REGION)
        if resource.type.startswith("aws_") and elsewhere:
            yield region.finding("is a region of its own", expected=parameters.REGION)
        if resource.provider not in ("", "aws") and resource.type.startswith("aws_"):
            yield resource.finding("uses another provider", found=resource.provider, expected="the default")


def _sources(estate: Estate) -> Iterator[Finding]:
    """A provider under another name, or of another source under this one, is none that a control knows."""
    for stack in estate.stacks:
        required = stack.terraform.get("required_providers") or {}
        for group in required if isinstance(required, list) else [required]:
            for name, entry in group.items():
                source = str(entry.get("source", "")) if isinstance(entry, dict) else f"hashicorp/{name}"
                wanted = parameters.PROVIDERS.get(name)
                if source.removeprefix("registry.terraform.io/") != wanted:
                    text = f"stack {stack.name}: the provider {name} of {source or 'no source'} is not recorded"
                    yield Finding(f"provider.{name}", text, source, wanted or sorted(parameters.PROVIDERS), stack.name)


@_register(
    "X09-foreign-code", "No module, provisioner or script changes anything behind the plan", "Say it as a resource."
)
def foreign_code(estate: Estate) -> Iterator[Finding]:
    """Code that runs on apply can undo what the configuration says."""
    yield from _refusals(estate, "X09-foreign-code")
    for resource in estate.resources():
        if resource.provisioners:
            yield resource.finding("runs a provisioner", found=list(resource.provisioners), expected="none")
    for resource in estate.search(*_CODE, "data.external", "data.http"):
        if resource.type not in parameters.FOREIGN_CODE:
            yield resource.finding(f"{resource.type} runs code or reads from outside", expected="a plain resource")
    for stack in estate.stacks:
        for resource in stack.resources:
            if resource.mode in ("data", "ephemeral") and not _is_read_by_a_known_provider(resource):
                yield resource.finding(
                    f"{resource.kind} is read by a provider that is not recorded", expected=sorted(parameters.PROVIDERS)
                )


def _is_read_by_a_known_provider(resource: Resource) -> bool:
    provider = resource.type.split("_", 1)[0]
    judged = resource.kind in ("data.external", "data.http", "data.terraform_remote_state")
    return judged or provider in parameters.PROVIDERS or resource.type in parameters.FOREIGN_CODE


@_register("X11-clusters-apart", "Each cluster stands in one stack of its own", "Give each cluster a name of its own.")
def clusters_apart(estate: Estate) -> Iterator[Finding]:
    """Two clusters of one name, or a cluster without one, would be judged as one."""
    seen: dict[str, str] = {}
    for cluster in estate.resources("aws_eks_cluster"):
        name = cluster["name"].text() if cluster["name"].known else None
        if not name:
            yield cluster.finding("has no literal name", expected="a literal name")
        elif name in seen:
            yield cluster.finding(
                f"has the name {name}, as {seen[name]} does", found=name, expected="a name of its own"
            )
        else:
            seen[name] = f"{cluster.stack_name}/{cluster.address}"


@_register("X13-objects-chart", "The chart of objects renders the objects and nothing else", "Restore charts/objects.")
def objects_chart(estate: Estate) -> Iterator[Finding]:
    """A template that changes or drops an object would make every control on objects see what is not applied."""
    estate.count(estate.stacks)
    for stack in estate.stacks:
        for release in releases(stack):
            if not release.is_local or not stack.folder or not Path(stack.folder).is_dir():
                continue
            folder = Path(stack.folder) / (release["chart"].text() or "")
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            names = [path.relative_to(folder).as_posix() for path in files]
            if names != ["Chart.yaml", "templates/objects.yaml", "values.yaml"]:
                yield release.finding("its chart holds other files", found=names, expected="one template of objects")
                continue
            text = " ".join(files[1].read_text(encoding="utf-8").split())
            if text != _OBJECTS_TEMPLATE:
                yield release.finding(
                    "its template does more than render objects", found=text, expected=_OBJECTS_TEMPLATE
                )
            if _without_comments(files[2]) not in ("objects: []", "{}", ""):
                yield release.finding("its chart brings objects of its own", expected="objects: []")
            if "dependencies:" in _without_comments(files[0]):
                yield release.finding("its chart depends on others", expected="no dependencies")


def _without_comments(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(" ".join(line for line in lines if not line.lstrip().startswith("#")).split())
