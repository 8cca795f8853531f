ctrace print --json ../golden/threads_expressions_combined.ct
