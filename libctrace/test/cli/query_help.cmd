ctrace query --help
