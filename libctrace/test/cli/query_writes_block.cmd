for s in 15 22 26 27; do echo "-- $s"; ctrace query traces/pay100 writes total --before $s --frame; ctrace query traces/pay100 writes total --before $s --frame --all; done
