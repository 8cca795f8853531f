# Every way to write to stdout and stderr, each once.
$stdout.sync = true
puts "puts", ["nested", ["list"]]
print "print ", 1, "\n"
p :p, 2
pp [:pp, 1]
printf("%s\n", "printf")
putc "c"
putc 10
$stdout << "shift" << "\n"
$stdout.write("one ", "two ", 3, "\n")
$stdout.syswrite("syswrite\n")
STDOUT.puts "STDOUT"
STDOUT.print
display
puts
warn "warn"
$stderr.puts "stderr puts"
STDERR.write("a", "b\n")
$stderr << "stderr shift\n"
$stderr.printf("%d\n", 7)
puts nil, [], true
puts "no newline at the end"
print "last"
