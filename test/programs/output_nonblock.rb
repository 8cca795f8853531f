# requires: 3.0
# write_nonblock, whose return Ruby 2.7 does not tell.
$stdout.write_nonblock("first\n")
size = $stdout.write_nonblock("second\n")
puts size
