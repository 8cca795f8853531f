ctrace print --events ../golden/flow_combined.ct | cmp - ../golden/flow_combined.events
