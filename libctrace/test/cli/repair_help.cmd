ctrace repair --help
