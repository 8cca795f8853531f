for r in '' .. x 1..x 1...2 -1 1.. ..; do ctrace print --steps "$r" ../golden/flow_combined.ct >/dev/null; echo "$r: $?"; done
