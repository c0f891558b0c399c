"""checkov beside the suite: our controls under ids of checkov's, and checkov's own checks under our decisions."""
