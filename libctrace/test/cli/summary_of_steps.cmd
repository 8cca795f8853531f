ctrace print --summary --steps 1..2 ../golden/flow_combined.ct
