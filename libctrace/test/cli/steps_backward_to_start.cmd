ctrace print --steps 1..0 ../golden/flow_combined.ct
