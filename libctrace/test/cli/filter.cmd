printf '#!/bin/sh\necho "$@"\n' >"$WORK/bin/codetracer-ruby-recorder"
chmod +x "$WORK/bin/codetracer-ruby-recorder"
ctrace filter explain 'a b.rb:3'
rm "$WORK/bin/codetracer-ruby-recorder"
PATH=$WORK/bin ctrace filter explain a.rb
