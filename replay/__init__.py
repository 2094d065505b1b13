"""Order streams against a real engine over UDP: made, sent, and their results checked."""
