"""Orders: from text to commands, and from the projection back to text."""
