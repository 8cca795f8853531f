ctrace print --json traces/values
