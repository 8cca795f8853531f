# The program sets a trace function of its own.
def traced(number)
  twice = number * 2
  twice + 1
end

$seen = []
set_trace_func(lambda do |event, file, line, name, _binding, owner|
  $seen << [event, line, name, owner] if file == __FILE__ && !event.start_with?("c-")
end)
traced(5)
traced(6)
set_trace_func(nil)
traced(7)
calls = $seen.select { |event, *| %w[call return].include?(event) }
puts calls.map { |event, line, name, owner| "#{event} #{line} #{name} #{owner}" }
puts $seen.count { |event, *| event == "line" }
$seen.clear
Thread.current.set_trace_func(proc { |event, _, line| $seen << line if event == "call" })
traced(8)
Thread.current.set_trace_func(nil)
p $seen.size
