# Threads that are killed, that raise, that are alive at the end.
# events: vary (the scheduler decides the order)
Thread.report_on_exception = false
ready = Queue.new

def fail_in_thread
  raise "inside"
end

failing = Thread.new { fail_in_thread }
begin
  failing.join
rescue RuntimeError => e
  puts "joined: #{e.message}"
end
stopped = Thread.new { ready << 1; Thread.stop }
ready.pop
stopped.kill.join
puts stopped.status.inspect
Thread.new { ready << 2; sleep }
ready.pop
puts "the last one still sleeps"
