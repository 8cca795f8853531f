ctrace diff; ctrace diff traces/pay100; ctrace diff traces/pay100 nothing; ctrace diff --no a b; ctrace diff --help
