ctrace query ../golden/threads_expressions_combined.ct writes n; ctrace query ../golden/threads_expressions_combined.ct writes @total -a
