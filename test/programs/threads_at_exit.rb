# Threads alive at the end, in a call with an ensure and stopped; a finalizer after them.
# events: vary (the scheduler decides where threads change)
# strands: vary (what runs after the last at_exit block is not seen by TracePoints)
def wait_in_call(ready)
  ready << 1
  sleep
ensure
  $stdout.write("call ended\n")
end

ready = Queue.new
Thread.new { wait_in_call(ready) }
Thread.new do
  ready << 1
  Thread.stop
end
2.times { ready.pop }
last = "last".dup
ObjectSpace.define_finalizer(last, proc { $stdout.write("finalized\n") })
at_exit { puts Thread.list.size }
puts "main ends"
