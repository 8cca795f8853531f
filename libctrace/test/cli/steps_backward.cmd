ctrace print --steps 5..3 ../golden/flow_combined.ct
