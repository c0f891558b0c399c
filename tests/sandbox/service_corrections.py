"""Where moto answers otherwise than AWS, outside EKS."""

from __future__ import annotations

import json
from typing import Any, Final

from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.kms.responses import KmsResponse
from moto.logs.models import LogGroup

from tests.sandbox.wrapping import Original, wrap


def key_keeps_its_rotation_period() -> None:
    """moto forgets RotationPeriodInDays: drift from 0 to 365."""

    def enable(original: Original) -> Original:
        def enable_key_rotation(self: KmsResponse) -> str:
            answer: str = original(self)
            key = self.kms_backend.describe_key(self._get_param("KeyId"))
            vars(key)["rotation_period"] = self._get_param("RotationPeriodInDays") or 365
            return answer

        return enable_key_rotation

    def status(original: Original) -> Original:
        def get_key_rotation_status(self: KmsResponse) -> str:
            answer = json.loads(original(self))
            if answer["KeyRotationEnabled"]:
                key = self.kms_backend.describe_key(self._get_param("KeyId"))
                answer["RotationPeriodInDays"] = getattr(key, "rotation_period", 365)
            return json.dumps(answer)

        return get_key_rotation_status

    wrap(KmsResponse, "enable_key_rotation", enable)
    wrap(KmsResponse, "get_key_rotation_status", status)


def launch_template_data_stays_as_sent() -> None:
    """moto copies the tags of the call into the template's data: drift wherever default tags are set."""

    def wrapper(original: Original) -> Original:
        def create_launch_template(self: LaunchTemplates) -> ActionResult:
            sent = list((self._get_param("LaunchTemplateData", {}) or {}).get("TagSpecifications", []))
            result: ActionResult = original(self)
            template = self.ec2_backend.get_launch_template_by_name(self._get_param("LaunchTemplateName"))
            data = template.default_version().data
            data.pop("TagSpecifications", None)
            if sent:
                data["TagSpecifications"] = sent
            return result

        return create_launch_template

    wrap(LaunchTemplates, "create_launch_template", wrapper)


def log_group_has_a_class() -> None:
    """moto does not say of what class a log group is: a plan would replace it."""

    def wrapper(original: Original) -> Original:
        def to_describe_dict(self: LogGroup) -> dict[str, Any]:
            return {"logGroupClass": "STANDARD", **original(self)}

        return to_describe_dict

    wrap(LogGroup, "to_describe_dict", wrapper)


def region_comes_from_the_host() -> None:
    """moto takes a role's path such as `sso.amazonaws.com` in a request's path for the host that names the region."""

    def wrapper(original: Original) -> Original:
        def get_region_from_url(self: BaseResponse, request: Any, full_url: str) -> str:
            region: str = original(self, request, "/".join(full_url.split("/", 3)[:3]))
            return region

        return get_region_from_url

    wrap(BaseResponse, "get_region_from_url", wrapper)


SERVICE_CORRECTIONS: Final = (
    key_keeps_its_rotation_period,
    launch_template_data_stays_as_sent,
    log_group_has_a_class,
    region_comes_from_the_host,
)
