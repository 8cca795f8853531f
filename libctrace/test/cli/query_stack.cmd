for s in 0 18 23 22 34 36 99; do echo "-- $s"; ctrace query traces/pay100 stack --at $s; done; ctrace query traces/pay100 stack --at 33 -j
