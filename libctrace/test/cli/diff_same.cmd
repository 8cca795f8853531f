ctrace diff traces/pay100 traces/pay100; echo $?; ctrace diff ../golden/threads_expressions_combined.ct ../golden/threads_expressions_combined.ct -j
