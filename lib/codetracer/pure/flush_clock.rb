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
      SIZE_TICKS_MASK = 7 # and the size of what waits

      def initialize
        @ticks = 0
        @flushed_at = now
        @pause = SECONDS_MIN
      end

      # Whether a flush may be due: one event in some. hot
      def tick?
        (@ticks += 1) & SIZE_TICKS_MASK == 0
      end

      # At a tick.
      def due?
        @ticks & TICKS_MASK == 0 && now - @flushed_at > @pause
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
