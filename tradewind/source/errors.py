"""What a person has to do before files can become a source."""


class SourceError(Exception):
    """The files cannot become a source as they are; the text says what to do."""
