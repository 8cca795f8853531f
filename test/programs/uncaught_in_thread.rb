# report_on_exception prints from another thread, abort_on_exception ends the program.
# events: vary (the scheduler decides where the main thread is)
Thread.abort_on_exception = true
Thread.report_on_exception = false
thread = Thread.new do
  raise IndexError, "in a thread"
end
thread.join
