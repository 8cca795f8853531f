ctrace verify --help
