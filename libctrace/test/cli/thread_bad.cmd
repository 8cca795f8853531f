for t in x -1 '' 3; do ctrace print --thread "$t" ../golden/threads_expressions_combined.ct; echo "$t: $?"; done; ctrace print --summary -t 1 ../golden/threads_expressions_combined.ct
