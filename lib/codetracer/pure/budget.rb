# frozen_string_literal: true

# When recording is to stop though the program goes on: --max-steps, --max-size, --max-seconds.
#
# Used by Recorder after each event. Mirrors check_budget of libctrace/tools/ct_writer_recording.c.
module CodeTracer
  module Pure
    class Budget
      # Why recording has stopped, or nil.
      attr_reader :spent

      # `options` are the recording's.
      def initialize(options)
        @steps, @size, @seconds = options.values_at(:max_steps, :max_size, :max_seconds)
        @ends_at = now + @seconds if @seconds
        @is_limited = @steps || @size || @seconds
      end

      # Yields once, when it is spent.
      def check(step_count, trace)
        return if !@is_limited || @spent

        @spent = reason(step_count, trace)
        yield if @spent
      end

      private

      def reason(step_count, trace)
        if @steps && step_count >= @steps then "stopped by --max-steps #{@steps}"
        elsif @size && trace.size >= @size then "stopped by --max-size #{@size}"
        elsif @ends_at && now >= @ends_at then "stopped by --max-seconds #{@seconds}"
        end
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
