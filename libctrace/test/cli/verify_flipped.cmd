for at in 5 40 5000 8400; do cp ../golden/flow_combined.ct $WORK/bad.ct; printf '\\377' | dd of=$WORK/bad.ct bs=1 seek=$at conv=notrunc status=none; ctrace verify $WORK/bad.ct; echo $?; done
