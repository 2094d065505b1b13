"""The internal HTTP interface: signed calls from the gateway and the command line."""
