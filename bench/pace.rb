# frozen_string_literal: true

# Lets a measurement count only where the machine was quiet before and after it.
#
# A core that shares its silicon with somebody else's work runs the same instructions up to one and
# a half times as long, for a tenth of a second or for minutes, and nothing in /proc says so. A loop
# that always does the same tells: slower than SLOW_MIN times its best so far, the core is not
# quiet. What is measured has no part in the choice. Used by trial.rb and yardstick.rb.
require "etc"
require "rbconfig"

module Bench
  class Pace
    GAUGE = File.join(__dir__, "pace_gauge.rb").freeze
    SLOW_MIN = 1.2
    FIRST_LOOKS = 100
    CORES_MAX = 4          # with more, the program is hardly ever beside a busy one
    PAUSE_SECONDS = 0.01   # between two looks
    LONG_SECONDS = 6       # what takes longer is not taken again
    TRIES_MAX = 5
    PATIENCE_SECONDS = 600 # in all; BENCH_PATIENCE

    # One for all that a script measures.
    def self.shared
      @shared ||= new(Float(ENV.fetch("BENCH_PATIENCE", PATIENCE_SECONDS)))
    end

    # `patience`: seconds that may be spent on waits and on runs that do not count.
    def initialize(patience)
      @patience = patience
      @runs = @repeats = @slow_runs = 0
      @gauges = start
      @best = Array.new(@gauges.size, Float::INFINITY)
      FIRST_LOOKS.times { look }
    end

    # The value of the block's first run in a quiet moment; of its last when patience ends before.
    def quietly
      @runs += 1
      TRIES_MAX.times do |tries|
        wait
        begun = now
        result = yield
        return result if quiet?

        spent = now - begun
        return slow(result) if tries + 1 == TRIES_MAX || spent > LONG_SECONDS || @patience <= 0

        @repeats += 1
        @patience -= spent
      end
    end

    # A sentence for the report.
    def text
      "#{@runs} runs in quiet moments of the machine, #{@repeats} more not counted, " \
        "#{@slow_runs} counted though a moment was not quiet"
    end

    private

    def slow(result)
      @slow_runs += 1
      result
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    def wait
      begun = now
      sleep(PAUSE_SECONDS) until @patience <= now - begun || quiet?
      @patience -= now - begun
    end

    def quiet?
      look.zip(@best).all? { |time, best| time < best * SLOW_MIN }
    end

    # Nanoseconds of each core's loop, all at once.
    def look
      @gauges.each(&:puts)
      times = @gauges.map { |gauge| Integer(gauge.gets) }
      @best = @best.zip(times).map(&:min)
      times
    end

    def start
      cores = Array.new(Etc.nprocessors, &:to_s)
      return [IO.popen([RbConfig.ruby, GAUGE], "r+")] if cores.size > CORES_MAX || !may_use?(cores)

      cores.map { |core| IO.popen(["taskset", "-c", core, RbConfig.ruby, GAUGE], "r+") }
    end

    # Not where there is no taskset, nor where others than the first ones are ours.
    def may_use?(cores)
      cores.all? { |it| system("taskset", "-c", it, "true", out: File::NULL, err: File::NULL) }
    end
  end
end
