"""An AWS account on this machine: moto, extended with what it lacks of EKS and corrected where it forgets."""
