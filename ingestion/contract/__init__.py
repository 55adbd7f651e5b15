"""What a source promises: the model of a contract, and how it is read from YAML."""
