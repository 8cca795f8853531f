# A thread's uncaught exception is reported on $stderr and comes again at join.
# events: vary (the scheduler decides where threads change)
require "stringio"

def fail_there
  raise IndexError, "in the thread"
end

def start
  Thread.new do
    Thread.current.report_on_exception = true
    fail_there
  end
end

errors = $stderr
$stderr = StringIO.new
thread = start
begin
  thread.join
rescue IndexError => e
  joined = e.message
end
reports = $stderr
$stderr = errors
puts joined, reports.string.lines.size, reports.string[/terminated with exception/]
p thread.status, thread.alive?
