"""The `openbell` command: starts, stops and inspects a whole exchange on one machine."""
