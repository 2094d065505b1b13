"""Money that comes and goes: commands to the engine, withdrawals in two steps, rails."""
