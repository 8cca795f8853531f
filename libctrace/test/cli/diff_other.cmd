ctrace diff traces/pay100 ../golden/flow_combined.ct; echo $?; head -c 6000 traces/pay100/trace.json >$WORK/trace.json; cd $WORK; ctrace diff $OLDPWD/traces/pay100 trace.json
