"""Every unit accounted for: the audit, its timer, proofs of what is owed."""
