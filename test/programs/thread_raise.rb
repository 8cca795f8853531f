# Thread#raise and Thread#kill into threads that wait inside of ensure and rescue.
# events: vary (the scheduler decides where threads change)
Thread.report_on_exception = false
LOG = Queue.new
READY = Queue.new

def wait_in_ensure
  READY << :inside
  sleep
ensure
  LOG << :ensured
end

def wait_in_rescue
  wait_in_ensure
rescue IOError => e
  LOG << e.message
  :rescued
end

def mask
  Thread.handle_interrupt(IOError => :never) do
    READY << :inside
    Thread.pass until Thread.pending_interrupt?
    LOG << :finished_first
  end
rescue IOError
  LOG << :then_rescued
end

def start(name)
  thread = Thread.new { send(name) }
  READY.pop
  Thread.pass until thread.status == "sleep" || name == :mask
  thread
end

def finish(thread)
  said = thread.value
  [said, Array.new(LOG.size) { LOG.pop }]
rescue RangeError => e
  [e.message, Array.new(LOG.size) { LOG.pop }]
end

raised = start(:wait_in_rescue)
raised.raise(IOError, "for you")
p finish(raised)
passed = start(:wait_in_rescue)
passed.raise(RangeError, "not for you")
p finish(passed)
killed = start(:wait_in_rescue)
killed.kill
p finish(killed)
masked = start(:mask)
masked.raise(IOError)
p finish(masked).last
