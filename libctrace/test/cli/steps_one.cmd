ctrace print -n 4 ../golden/flow_combined.ct
