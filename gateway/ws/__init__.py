"""The native API over WebSocket: channels, connections, order entry."""
