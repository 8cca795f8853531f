# frozen_string_literal: true

# Runs the Ruby-side tests: ruby test/run.rb [part of a file name …] [-- minitest's options]
#
# A part that begins with ^ leaves its files out.
# Two tests at a time: each is mostly other processes at work. UPDATE_GOLDENS=1 rewrites
# test/golden, KILL_COUNT=50 makes the kill tests thorough. `rubies/jruby`, `rubies/wasm`, `fault`
# and `tripwire`, which need a build of their own, and `equivalence`, `soak` and `memcheck`, which
# take minutes, run only when they are named.
require "minitest"

SUITES = %w[recorder conformance property].freeze
NAMED_SUITES = %w[rubies equivalence fault soak memcheck tripwire].freeze
separator = ARGV.index("--") || ARGV.size
parts = ARGV[0...separator]
folders = NAMED_SUITES.select { |name| parts.any? { |part| part.start_with?(name) } }
folders = SUITES if folders.empty?
files = Dir[File.join(__dir__, "{#{folders.join(',')}}", "*_test.rb")].sort
unwanted, wanted = parts.partition { |part| part.start_with?("^") }
named = ->(file, names) { names.any? { |name| file.delete_prefix(__dir__).include?(name) } }
files = files.select { |file| named.call(file, wanted) } unless wanted.empty?
files = files.reject { |file| named.call(file, unwanted.map { |part| part.delete("^") }) }
abort "run.rb: no test file matches #{parts.join(' ')}" if files.empty?
# A shell's background job ignores INT and QUIT, one under nohup HUP, and so would all programs.
%w[INT QUIT HUP].each { |name| Signal.trap(name, "DEFAULT") }
Minitest.parallel_executor = Minitest::Parallel::Executor.new(2)
files.each { |file| require file }
options = ARGV[(separator + 1)..-1] || []
# A plugin of a library that is installed here would tell failures in its own way.
options.unshift("--no-plugins") if Minitest::VERSION < "6"
exit Minitest.run(options)
