# A child that runs the same code and at_exit; the parent waits.
# events: vary (process ids are values)
def describe(who)
  "#{who} speaks"
end

at_exit { puts "at_exit in #{$who}" }
$who = "parent"
$stdout.sync = true
pid = fork do
  $who = "child"
  puts describe($who)
  exit 2
end
_, status = Process.wait2(pid)
puts describe($who), status.exitstatus
