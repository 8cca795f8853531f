ctrace verify ../golden/flow_combined.ct; ctrace verify --wait ../golden/threads_expressions_combined.ct; ctrace verify traces/values
