"""Market history of other venues: each module reads one published layout, piece by piece."""
