ctrace print ../golden/flow_combined.ct >/dev/full
