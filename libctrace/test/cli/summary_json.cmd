ctrace print -s traces/values/trace.json
