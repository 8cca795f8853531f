for size in 30000 20000 12000 4096 100 0; do
    echo "$size:"; head -c $size ../golden/flow_combined.ct >$WORK/cut.ct
    ctrace print --steps ..1 $WORK/cut.ct 2>&1 | sed "s,$WORK/,,"; ctrace verify $WORK/cut.ct
done
