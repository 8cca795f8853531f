# A child that runs the same code and at_exit; the parent waits.
def describe(who)
  "#{who} speaks"
end

at_exit { puts "at_exit in #{$who}" }
$who = "parent"
$stdout.sync = true
fork do
  $who = "child"
  puts describe($who)
  exit 2
end
Process.wait
puts describe($who), $?.exitstatus
