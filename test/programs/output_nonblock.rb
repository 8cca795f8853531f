# write_nonblock, which returns without the VM telling so on Ruby 2.7.
$stdout.write_nonblock("first\n")
size = $stdout.write_nonblock("second\n")
puts size
