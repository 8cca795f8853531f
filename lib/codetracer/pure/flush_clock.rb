# frozen_string_literal: true

# When what was recorded is due on disk: soon, but not so often that it takes most of the time.
#
# Used by Recorder. The clock is looked at once in a while only.
module CodeTracer
  module Pure
    class FlushClock
      SECONDS_MIN = 0.05
      TIMES_MIN = 10 # the pause after a flush, in flushes
      TICKS_MASK = 63 # how often the clock is looked at, in events

      def initialize
        @ticks = 0
        @flushed_at = now
        @pause = SECONDS_MIN
      end

      # hot
      def due?
        ((@ticks += 1) & TICKS_MASK).zero? && now - @flushed_at > @pause
      end

      # Runs a flush.
      def measure
        began_at = now
        yield
        @flushed_at = now
        @pause = [SECONDS_MIN, TIMES_MIN * (@flushed_at - began_at)].max
      end

      private

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
