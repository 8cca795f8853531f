ctrace print --events ../golden/threads_expressions_combined.ct | cmp - ../golden/threads_expressions_combined.events
