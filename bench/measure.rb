# frozen_string_literal: true

# Times the inner section of a benchmark program: wall, CPU, memory, and the lines it ran.
#
# Required by every program in bench/programs, so it is part of what is recorded: few lines, no
# other library. The result goes, as JSON, to the file that BENCH_RESULT names.
module Measure
  # Line events of `section` and `hook_lines` between the two looks at the empty hook's counter.
  OWN_LINES = 7

  module_function

  # `line_count` is what the block makes in line events, its own line included; `pair_count` how
  # often it calls a method and returns, where that is what the program is about.
  def section(line_count:, pair_count: 0)
    lines = hook_lines
    cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
    wall = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
    yield
    wall = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - wall
    cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond) - cpu
    counted = hook_lines - lines - OWN_LINES
    report(line_count: line_count, pair_count: pair_count, wall_ns: wall, cpu_ns: cpu,
           counted: counted)
  end

  def hook_lines
    defined?(EmptyHook) ? EmptyHook::COUNTER.line_count : 0
  end

  # `counted` is what the empty hook saw; without it there is none. VmHWM is the peak of everything
  # resident, the spool's shared memory included; RssAnon what is the process's own by now.
  def report(counted:, **numbers)
    path = ENV["BENCH_RESULT"] or return
    numbers[:counted] = counted if defined?(EmptyHook)
    numbers[:peak_kib] = memory("VmHWM")
    numbers[:own_kib] = memory("RssAnon")
    File.write(path, "{#{numbers.map { |name, number| "\"#{name}\": #{number}" }.join(', ')}}\n")
  end

  # 0 where there is no /proc.
  def memory(field)
    File.read("/proc/self/status")[/^#{field}:\s+(\d+)/, 1].to_i
  rescue SystemCallError
    0
  end
end
