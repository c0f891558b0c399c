"""Constructs that turn the organisation's EKS decisions into Terraform JSON."""
