"""The one kind of error that `make up` shows without a traceback."""


class SetupError(Exception):
    """Something the user can fix; the message is one line that says what to do."""
