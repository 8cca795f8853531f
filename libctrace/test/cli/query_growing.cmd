cp -r traces/pay100 "$WORK/g" && cd "$WORK" && flock -x g/trace.json ctrace query g exceptions
