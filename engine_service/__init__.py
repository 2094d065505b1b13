"""The engine process: the order of commands, the journal, the event stream."""
