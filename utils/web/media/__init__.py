"""Pictures, sounds and videos asked for by themselves."""
