"""Several engines over one replicated log: one leads, the others follow and take over."""
