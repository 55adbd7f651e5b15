"""The running programs: what they are, their supervisor, and their health."""
