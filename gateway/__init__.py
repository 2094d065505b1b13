"""The public door: native REST and WebSocket API over the engine's event stream, and the web UI."""
