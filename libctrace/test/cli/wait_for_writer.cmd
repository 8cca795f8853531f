cp ../golden/flow_combined.ct $WORK/w.ct; mkfifo $WORK/held $WORK/go
flock -x $WORK/w.ct sh -c 'echo held >$WORK/held; read _ <$WORK/go' &
cat $WORK/held; timeout 0.2 ctrace verify --wait $WORK/w.ct; echo "while held: $?"
echo >$WORK/go; ctrace verify --wait $WORK/w.ct
