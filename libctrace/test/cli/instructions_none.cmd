ctrace print -i ../golden/flow_combined.ct; echo $?; ctrace print --events -i ../golden/flow_combined.ct
