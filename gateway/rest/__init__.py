"""The native API over HTTP: one module a resource, one table of routes."""
