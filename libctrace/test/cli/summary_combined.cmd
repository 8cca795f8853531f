ctrace print --summary ../golden/flow_combined.ct
