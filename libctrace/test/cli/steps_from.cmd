ctrace print --steps 16.. ../golden/flow_combined.ct
