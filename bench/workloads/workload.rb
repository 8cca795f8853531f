# frozen_string_literal: true

# What every workload does around its work: times it, and prints what came of it.
#
# Required by each. Seconds go, as JSON, to the file that BENCH_RESULT names. WORKLOAD_TIMES: how
# often the work is done (once).
module Workload
  ROOT = File.expand_path("../..", __dir__).freeze

  module_function

  def run
    times = Integer(ENV.fetch("WORKLOAD_TIMES", "1"))
    result = nil
    cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    wall = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    times.times { result = yield }
    wall = Process.clock_gettime(Process::CLOCK_MONOTONIC) - wall
    cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - cpu
    STDOUT.puts(result)
    path = ENV["BENCH_RESULT"] or return
    File.write(path, "{\"wall\": #{wall}, \"cpu\": #{cpu}}\n")
  end
end
