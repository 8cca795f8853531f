for size in 30000 20000 12000 4096; do
    head -c $size ../golden/flow_combined.ct >$WORK/cut.ct; cd $WORK
    ctrace repair -o $size cut.ct; ctrace verify $size; cd - >/dev/null
done
head -c 6000 traces/pay100/trace.json >$WORK/trace.json; cd $WORK; ctrace repair --in-place trace.json; ctrace verify trace.json; ctrace query trace.json exceptions
