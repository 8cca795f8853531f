# frozen_string_literal: true

# Does the cost of recording grow with what is recorded and nothing else?
#   ruby bench/linear.rb [--long]
#
# A program of 10^5, 10^6 and 10^7 lines (with --long 10^8, too, which takes a minute a round), most
# of them in calls: from 10^6 on the CPU time of program and writer must grow as the lines do (wall
# is shown beside it: it includes whatever else the machine does), and the program's memory stay
# within 64 MiB of its unrecorded self, the writer's within 128. An empty recorded run is taken off
# all times. Ends with 1 where a bound does not hold. BENCH_ROUNDS: how often (3).
require_relative "bound"
require_relative "yardstick"

module Bench
  class Linear
    COUNTS = [12_500, 125_000, 1_250_000].freeze # calls of eight lines
    LONG_COUNT = 12_500_000
    GROWTH_MAX = 1.05 # time a call when there are most, against 10^6 lines
    MEMORY_MIB_MAX = 64
    WRITER_MIB_MAX = 128
    KIB_PER_MIB = 1024.0

    def initialize(round_count:, is_long:)
      @round_count = round_count
      @counts = is_long ? [*COUNTS, LONG_COUNT] : COUNTS
    end

    # True where both bounds hold.
    def run
      rounds = Array.new(@round_count) { round }
      walls, cpus = %i[walls cpus].map { |key| medians(rounds.map { |it| it[key] }) }
      print_times(walls, cpus)
      lines = bounds(rounds, cpus)
      print(*lines)
      puts Pace.shared.text
      lines.none? { |line| line.include?(Bound::MISSED) }
    end

    private

    def bounds(rounds, cpus)
      growth = cpus[-1] / cpus[1] / (@counts[-1] / @counts[1])
      memory, writer = %i[memory writer].map { |key| rounds.flat_map { |it| it[key] }.max }
      [Bound.line("CPU a call, most against 10^6 lines", growth, GROWTH_MAX),
       Bound.line("memory over plain Ruby, worst of all", memory, MEMORY_MIB_MAX, "MiB"),
       Bound.line("the writer's memory, worst of all", writer, WRITER_MIB_MAX, "MiB")]
    end

    # Seconds from start to a complete trace and of CPU; MiB over plain Ruby. One of each a count.
    def round
      empty = trial("empty", [], :recorded)
      plain, recorded = %i[plain recorded].map do |kind|
        @counts.map { |count| trial("calls", [count.to_s], kind) }
      end
      { walls: recorded.map { |result| result[:wall] - empty[:wall] },
        cpus: recorded.map { |result| cpu(result) - cpu(empty) },
        memory: plain.zip(recorded).map { |without, with| peak_mib(with) - peak_mib(without) },
        writer: recorded.map { |result| result[:writer_kib] / KIB_PER_MIB } }
    end

    def cpu(result)
      result[:cpu] + result[:writer_cpu]
    end

    def trial(name, arguments, kind)
      trial = Trial.new(File.join(__dir__, "programs", "#{name}.rb"), arguments, kind)
      Pace.shared.quietly { trial.run }
    end

    def peak_mib(result)
      result[:section][:peak_kib] / KIB_PER_MIB
    end

    def print_times(walls, cpus)
      @counts.zip(walls, cpus) do |count, wall, cpu|
        puts format("%8d calls of 8 lines: %.3f s recorded, %.3f s of CPU, %.2f µs of CPU a call",
                    count, wall, cpu, cpu / count * 1e6)
      end
    end

    # Of each count's column.
    def medians(rows)
      rows.transpose.map { |column| Yardstick.median(column) }
    end
  end
end

rounds = Integer(ENV.fetch("BENCH_ROUNDS", "3"))
exit Bench::Linear.new(round_count: rounds, is_long: ARGV.delete("--long") == "--long").run
