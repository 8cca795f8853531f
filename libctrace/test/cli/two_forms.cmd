ctrace print --json --events ../golden/flow_combined.ct
