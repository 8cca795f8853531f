ctrace diff traces/pay100 traces/pay200; ctrace diff --json traces/pay100 traces/pay200
