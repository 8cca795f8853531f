# The program measures the coverage of another file: lines, branches, methods.
require "coverage"

path = File.join(__dir__, "covered.rb")
Coverage.start(lines: true, branches: true, methods: true)
load path
puts sign(1), sign(-1), sign(1), Covered.new.total([1, 2])
$result = Coverage.result(stop: true, clear: true)
$covered = $result.fetch(path)
p $covered[:lines]
p $covered[:branches].keys.map(&:first).sort, $covered[:branches].values.map(&:values).sort
p $covered[:methods].keys.map(&:to_a).transpose[1].sort, $covered[:methods].values.sort
p $result.keys.map { |file| File.basename(file) }
Coverage.start(oneshot_lines: true)
load path
sign(0)
p Coverage.result.fetch(path)[:oneshot_lines].sort
Coverage.start
load path
sign(1)
p Coverage.peek_result.fetch(path).compact.sum
Coverage.result
