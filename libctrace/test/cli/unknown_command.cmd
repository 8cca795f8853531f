ctrace prnt x
