# $0, ARGV, $PROGRAM_NAME and what a recorder must leave alone.
# arguments: --out-dir x "two words" -- -v
puts File.basename($0), ARGV.inspect
puts ARGV.shift
puts $LOADED_FEATURES.grep(/codetracer/i).inspect, ENV.keys.grep(/CODETRACER_BOOT/).inspect
puts defined?(CodeTracer).inspect, $!.inspect, $@.inspect, local_variables.inspect
puts Thread.list.size, Process.clock_gettime(Process::CLOCK_MONOTONIC).class
File.open(__FILE__) { |file| puts file.fileno < 16 }
puts caller.inspect, method(:puts).owner, $stdout.method(:write).owner
puts $stdout.singleton_methods.inspect
