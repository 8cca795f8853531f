ctrace print --steps 99..200 ../golden/flow_combined.ct
