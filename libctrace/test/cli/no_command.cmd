ctrace
