# Threads that are killed, that raise, that are alive at the end.
# events: vary (the scheduler decides the order)
Thread.report_on_exception = false
READY = Queue.new

def fail_in_thread
  raise "inside"
end

def start(name)
  Thread.new { send(name) }
end

def stop
  READY << 1
  Thread.stop
end

def sleep_on
  READY << 2
  sleep
end

failing = start(:fail_in_thread)
begin
  failing.join
rescue RuntimeError => e
  puts "joined: #{e.message}"
end
stopped = start(:stop)
READY.pop
stopped.kill.join
puts stopped.status.inspect
start(:sleep_on)
READY.pop
puts "the last one still sleeps"
