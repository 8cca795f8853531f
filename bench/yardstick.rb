# frozen_string_literal: true

# What the benchmarks measure with: how long a command takes on a quiet machine, the middle of
# several figures, and how many steps a trace has.
#
# Included by start.rb, workloads.rb and reading.rb; comparison.rb, linear.rb and yjit.rb call it.
require "open3"
require_relative "pace"
require_relative "trial"

module Bench
  module Yardstick
    CTRACE = File.join(Trial::ROOT, "build/ctrace").freeze

    module_function

    # Of wall time, until the command ends; it may run more than once. `options` are those of
    # `system`.
    def seconds(*words, **options)
      Pace.shared.quietly do
        start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        system(*words, **options)
        Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
      end
    end

    def median(numbers)
      sorted = numbers.sort
      middle = sorted.size / 2
      sorted.size.odd? ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0
    end

    # As its reader counts them; nil where there is no reader or no trace.
    def step_count(trace)
      return unless File.executable?(CTRACE)

      text, = Open3.capture2e(CTRACE, "print", "--summary", trace)
      text[/^steps\s+(\d+)/, 1]&.to_i
    end
  end
end
