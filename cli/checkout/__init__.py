"""From a fresh checkout to a running command, and the checks of the source."""
