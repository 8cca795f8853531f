ctrace print --steps 2..4 ../golden/flow_combined.ct
