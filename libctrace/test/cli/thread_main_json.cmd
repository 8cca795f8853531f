ctrace print --json --thread 0 --steps 9..19 ../golden/threads_expressions_combined.ct
