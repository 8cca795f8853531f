# The program uses TracePoint itself.
def traced(x)
  x + 1
end

names = []
trace = TracePoint.new(:call) { |point| names << point.method_id }
trace.enable { traced(1) }
p names
lines = []
line_trace = TracePoint.new(:line) { |point| lines << point.lineno }
line_trace.enable { traced(2) }
p lines.size
