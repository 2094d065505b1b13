"""Several replicas of an exchange on one machine, for trying and testing."""
