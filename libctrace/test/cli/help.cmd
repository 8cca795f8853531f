ctrace --help
