# The program dies of a signal it sent itself.
trap("TERM", "SYSTEM_DEFAULT")
puts "before"
$stdout.flush
Process.kill(:TERM, Process.pid)
sleep
