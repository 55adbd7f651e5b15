"""Files that no contract describes yet: preview, parsing, and a drafted contract."""
