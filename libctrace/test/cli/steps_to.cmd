ctrace print --steps ..1 ../golden/flow_combined.ct
