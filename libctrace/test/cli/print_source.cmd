cp -r traces/pay100 "$WORK/p" && mkdir -p "$WORK/p/files/srv/app" && cd "$WORK" && seq -f '  line %g  ' 30 >p/files/srv/app/pay.rb
ctrace print --source --steps 0..4 p; ctrace print -S --json p; rm -r p/files; ctrace print -S --steps 2 p
