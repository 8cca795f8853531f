# frozen_string_literal: true

# When recording is on and when it stops though the program goes on, and what becomes of the program
# when it fails.
#
# Part of RecordingOptions, whose @policy, @switched and @flight it reads.
module CodeTracer
  module PolicyOptions
    COUNT_RANGE = (1..(1 << 60)).freeze
    SECONDS_RANGE = (1..(1 << 32)).freeze

    # When recording stops, and what becomes of the program when it fails: keys of
    # CodeTracer::Native.start.
    def policy
      @policy.merge(require_trace: @switched.key?(:require_trace))
    end

    # When recording is on, as Triggers is told; nil: always.
    def intervals
      @interval_options && @interval_options.to_h
    end

    # Whether the program runs though it cannot be recorded.
    def continue_on_error?
      @policy[:on_error] == "continue" && !@switched.key?(:require_trace)
    end

    private

    def read_max_steps(text)
      @policy[:max_steps] = bounded(text, COUNT_RANGE, option: "--max-steps")
    end

    def read_max_size(text)
      @policy[:max_size] = size(text, "--max-size")
      raise UsageError, "--max-size: from 1 byte" unless @policy[:max_size].between?(1, 1 << 60)
    end

    def read_max_seconds(text)
      @policy[:max_seconds] = bounded(text, SECONDS_RANGE, option: "--max-seconds")
    end

    def read_on_error(word)
      raise UsageError, "--on-error: continue or abort" unless %w[continue abort].include?(word)

      @policy[:on_error] = word
    end

    def read_from(text)
      interval_options.add_from(text)
    end

    def read_until(text)
      interval_options.add_until(text)
    end

    def read_after(text)
      interval_options.after = text
    end

    def read_sample(text)
      interval_options.sample = text
    end

    def read_toggle_signal(name)
      interval_options.signal = name
    end

    # Without a flight recorder exceptions open intervals.
    def check_intervals
      interval_options.signal = "USR1" if @switched.key?(:toggle_signal)
      interval_options.exceptions = @flight.exceptions if @flight && !@flight.on?
      @interval_options.check if @interval_options
    end

    def interval_options
      @interval_options ||= begin
        require_relative "interval_options"
        IntervalOptions.new
      end
    end
  end
end
