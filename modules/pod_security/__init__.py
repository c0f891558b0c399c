"""Pod security: which mechanism a Kubernetes version has, and the decisions pod_security and privileged_pods."""
