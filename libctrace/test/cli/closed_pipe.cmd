ctrace print ../golden/flow_combined.ct | head -n 1; echo "${PIPESTATUS[0]}"
