"""D02: people log in through Auth0 with GitHub, and only members of the organisation do."""
