"""A whole exchange on one machine: brought up, kept alive, looked at, brought down."""
