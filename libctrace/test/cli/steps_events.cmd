ctrace print --events --steps 6..4 ../golden/flow_combined.ct
