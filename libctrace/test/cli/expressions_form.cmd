ctrace print --events --expressions ../golden/flow_combined.ct
ctrace print --summary -x ../golden/flow_combined.ct
