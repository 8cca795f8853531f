ctrace print --thread 2 ../golden/threads_expressions_combined.ct
