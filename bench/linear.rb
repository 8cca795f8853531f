# frozen_string_literal: true

# Does the cost of recording grow with what is recorded and nothing else?
#   ruby bench/linear.rb [--long]
#
# A program of 10^5, 10^6 and 10^7 lines (with --long 10^8, too, once, which takes half a minute),
# most of them in calls: from 10^6 on the time of program and writer must grow as the lines do, and
# the program's memory stay within 64 MiB of its unrecorded self, the writer's within 128. An empty
# recorded run is taken off all times. Ends with 1 where a bound does not hold, save that of wall
# time, which includes whatever else the machine does. BENCH_ROUNDS: how often (3).
require_relative "bound"
require_relative "yardstick"

module Bench
  class Linear
    COUNTS = [12_500, 125_000, 1_250_000].freeze # calls of eight lines
    MILLION = 125_000
    LONG_COUNT = 12_500_000
    GROWTH_MAX = 1.05 # time a call when there are most, against 10^6 lines
    MEMORY_MIB_MAX = 64
    WRITER_MIB_MAX = 128
    KIB_PER_MIB = 1024.0

    def initialize(round_count:, is_long:)
      @round_count = round_count
      @counts = is_long ? [*COUNTS, LONG_COUNT] : COUNTS
    end

    # True where the bounds hold that decide.
    def run
      rounds = Array.new(@round_count) { |turn| round(turn.zero? ? @counts : COUNTS) }
      times = @counts.to_h { |count| [count, medians(rounds.map { |it| it[count] }.compact)] }
      print_times(times)
      wall, *lines = bounds(times, rounds.flat_map(&:values))
      print(wall, *lines)
      puts Pace.shared.text
      lines.none? { |line| line.include?(Bound::MISSED) }
    end

    private

    # That of wall time first.
    def bounds(times, runs)
      wall, cpu = %i[wall cpu].map do |clock|
        times[@counts.last][clock] / times[MILLION][clock] / (@counts.last / MILLION)
      end
      memory, writer = %i[memory writer].map { |key| runs.map { |it| it[key] }.max }
      [Bound.line("wall time a call, most against 10^6 lines", wall, GROWTH_MAX),
       Bound.line("CPU a call, most against 10^6 lines", cpu, GROWTH_MAX),
       Bound.line("memory over plain Ruby, worst of all", memory, MEMORY_MIB_MAX, "MiB"),
       Bound.line("the writer's memory, worst of all", writer, WRITER_MIB_MAX, "MiB")]
    end

    # By count: seconds from start to a complete trace and of CPU; MiB over plain Ruby.
    def round(counts)
      empty = trial("empty", [], :recorded)
      counts.to_h do |count|
        plain, recorded = %i[plain recorded].map { |kind| trial("calls", [count.to_s], kind) }
        [count, { wall: recorded[:wall] - empty[:wall], cpu: cpu(recorded) - cpu(empty),
                  memory: peak_mib(recorded) - peak_mib(plain),
                  writer: recorded[:writer_kib] / KIB_PER_MIB }]
      end
    end

    def cpu(result)
      result[:cpu] + result[:writer_cpu]
    end

    def trial(name, arguments, kind)
      Trial.new(File.join(__dir__, "programs", "#{name}.rb"), arguments, kind).run
    end

    def peak_mib(result)
      result[:section][:peak_kib] / KIB_PER_MIB
    end

    def print_times(times)
      times.each do |count, it|
        puts format("%8d calls of 8 lines: %.3f s recorded, %.3f s of CPU, %.2f µs of CPU a call",
                    count, it[:wall], it[:cpu], it[:cpu] / count * 1e6)
      end
    end

    def medians(runs)
      %i[wall cpu].to_h { |clock| [clock, Yardstick.median(runs.map { |it| it[clock] })] }
    end
  end
end

rounds = Integer(ENV.fetch("BENCH_ROUNDS", "3"))
exit Bench::Linear.new(round_count: rounds, is_long: ARGV.delete("--long") == "--long").run
