ctrace print traces/values
