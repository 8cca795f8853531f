# frozen_string_literal: true

# Does the cost of recording grow with what is recorded and nothing else?  ruby bench/linear.rb
#
# A program of 10^5, 10^6 and 10^7 lines, most of them in calls: from the second to the third the
# CPU time of program and writer must grow tenfold (wall is shown beside it: it includes whatever
# else the machine does), and the program's memory stay within 64 MiB of its unrecorded self, the
# writer's within 128. An empty recorded run is taken off all times. Ends with 1 where a bound does
# not hold. BENCH_ROUNDS: how often (3).
require_relative "bound"
require_relative "yardstick"

module Bench
  class Linear
    COUNTS = [12_500, 125_000, 1_250_000].freeze # calls of eight lines
    GROWTH_MAX = 1.05 # time a call when there are many, against a tenth of them
    MEMORY_MIB_MAX = 64
    WRITER_MIB_MAX = 128
    KIB_PER_MIB = 1024.0

    def initialize(round_count:)
      @round_count = round_count
    end

    # True where both bounds hold.
    def run
      rounds = Array.new(@round_count) { round }
      walls, cpus = %i[walls cpus].map { |key| medians(rounds.map { |it| it[key] }) }
      print_times(walls, cpus)
      lines = bounds(rounds, cpus)
      print(*lines)
      lines.none? { |line| line.include?(Bound::MISSED) }
    end

    private

    def bounds(rounds, cpus)
      growth = cpus[-1] / cpus[-2] / (COUNTS[-1] / COUNTS[-2])
      memory, writer = %i[memory writer].map { |key| rounds.flat_map { |it| it[key] }.max }
      [Bound.line("CPU a call, many against a tenth", growth, GROWTH_MAX),
       Bound.line("memory over plain Ruby, worst of all", memory, MEMORY_MIB_MAX, "MiB"),
       Bound.line("the writer's memory, worst of all", writer, WRITER_MIB_MAX, "MiB")]
    end

    # Seconds from start to a complete trace and of CPU; MiB over plain Ruby. One of each a count.
    def round
      empty = trial("empty", [], :recorded)
      plain, recorded = %i[plain recorded].map do |kind|
        COUNTS.map { |count| trial("calls", [count.to_s], kind) }
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
      Trial.new(File.join(__dir__, "programs", "#{name}.rb"), arguments, kind).run
    end

    def peak_mib(result)
      result[:section][:peak_kib] / KIB_PER_MIB
    end

    def print_times(walls, cpus)
      COUNTS.zip(walls, cpus) do |count, wall, cpu|
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

exit Bench::Linear.new(round_count: Integer(ENV.fetch("BENCH_ROUNDS", "3"))).run
