ctrace print ../golden/threads_expressions_combined.ct
