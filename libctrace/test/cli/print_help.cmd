ctrace print --help
