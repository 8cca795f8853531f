cp -r traces/pay100 "$WORK/s" && mkdir -p "$WORK/s/files/srv/app" && cd "$WORK" && yes '  text of the line ' | head -30 >s/files/srv/app/pay.rb
ctrace query s writes @balance; ctrace query s/trace.json exceptions; cd s; ctrace query trace.json writes total
