# frozen_string_literal: true

# Does the cost of recording grow with what is recorded and nothing else?  ruby bench/linear.rb
#
# 160,000 calls of six lines against 16,000: the CPU time of program and writer must grow tenfold
# (wall is shown beside it: it includes whatever else the machine does), and the program's memory
# stay within 64 MiB of its unrecorded self. An empty recorded run is taken off both times. Ends
# with 1 where a bound does not hold. BENCH_ROUNDS: how often (5).
require_relative "trial"

module Bench
  class Linear
    COUNTS = [16_000, 160_000].freeze
    GROWTH_MAX = 1.25 # time a call when there are many, against few: chance included
    MEMORY_MIB_MAX = 64
    KIB_PER_MIB = 1024.0

    def initialize(round_count:)
      @round_count = round_count
    end

    # True where both bounds hold.
    def run
      rounds = Array.new(@round_count) { round }
      walls, cpus = %i[walls cpus].map { |key| medians(rounds.map { |it| it[key] }) }
      growth = cpus.last / cpus.first / (COUNTS.last / COUNTS.first)
      memory = rounds.flat_map { |it| it[:memory] }.max
      print_times(walls, cpus)
      say("CPU a call, many against few", growth.round(2), GROWTH_MAX)
      say("memory over plain Ruby, MiB, worst of all", memory.round(1), MEMORY_MIB_MAX)
      growth <= GROWTH_MAX && memory <= MEMORY_MIB_MAX
    end

    private

    # Seconds from start to a complete trace and of CPU; MiB over plain Ruby. One of each a count.
    def round
      empty = trial("empty", [], :recorded)
      plain, recorded = %i[plain recorded].map do |kind|
        COUNTS.map { |count| trial("calls", [count.to_s], kind) }
      end
      { walls: recorded.map { |result| result[:wall] - empty[:wall] },
        cpus: recorded.map { |result| cpu(result) - cpu(empty) },
        memory: plain.zip(recorded).map { |without, with| peak_mib(with) - peak_mib(without) } }
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
        puts format("%7d calls of 6 lines: %.3f s recorded, %.3f s of CPU, %.2f µs of CPU a call",
                    count, wall, cpu, cpu / count * 1e6)
      end
    end

    def say(what, figure, bound)
      puts "#{what}: #{figure} (at most #{bound}) #{figure <= bound ? 'ok' : 'MISSED'}"
    end

    # Of each count's column.
    def medians(rows)
      rows.transpose.map { |column| column.sort[column.size / 2] }
    end
  end
end

exit Bench::Linear.new(round_count: Integer(ENV.fetch("BENCH_ROUNDS", "5"))).run
