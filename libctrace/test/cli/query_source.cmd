cp -r traces/pay100 "$WORK/s" && mkdir -p "$WORK/s/files/srv/app" && cd "$WORK" && printf '  text of the line %.0s\n' {1..30} >s/files/srv/app/pay.rb
ctrace query s writes @balance; ctrace query s/trace.json exceptions; cd s; ctrace query trace.json writes total
