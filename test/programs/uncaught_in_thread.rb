# abort_on_exception: what a thread does not rescue ends the program.
# events: vary (the scheduler decides the order)
Thread.abort_on_exception = true
Thread.report_on_exception = false

def fail_when_asleep(other)
  Thread.new do
    Thread.pass until other.status == "sleep"
    raise IndexError, "in a thread"
  end
end

fail_when_asleep(Thread.current)
sleep
