"""The controls for plain checkov: `checkov -d terraform-out --external-checks-dir policies/checkov`."""
