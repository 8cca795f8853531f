# Ctrl-C with rescue Interrupt and ensure.
def wait_for_signal
  Process.kill(:INT, Process.pid)
  sleep
ensure
  puts "ensure"
end

begin
  wait_for_signal
rescue Interrupt => e
  puts "rescued #{e.class}"
end
exit 5
