# frozen_string_literal: true

# Which intervals are open, one within the other: recording is on while there is one.
#
# Made by Triggers; `recorder` is CodeTracer::Native or Pure. Beginning and end of each are events
# (doc/format/intervals.md). Calls may come from any thread, from hooks and from signal handlers.
require_relative "call_lock"

module CodeTracer
  class Intervals
    NOTE = 12 # EventLogKind trace_log_event
    BEGIN_MARK = "interval begins"
    END_MARK = "interval ends"

    def initialize(recorder)
      @recorder = recorder
      @lock = CallLock.new
      @open = []
      @count = 0
      recorder.instance_variable_set(:@intervals, self) # for OuterRecorder
    end

    # The recording is over.
    def forget
      @recorder.instance_variable_set(:@intervals, nil)
    end

    def wait
      @lock.synchronize { @recorder.pause if @open.empty? }
    end

    # The number of the one that begins; nil where nothing is recorded any more. The block is called
    # when it is what switched recording on.
    def begin(reason)
      @lock.synchronize do
        next unless @recorder.running?

        number = @count += 1
        is_first = @open.empty?
        @open.push(number)
        @recorder.resume if is_first
        yield if is_first && block_given?
        @recorder.event("#{number} #{reason}", NOTE, BEGIN_MARK)
        number
      end
    end

    # Of the one with that number, or the innermost.
    def end(number = @open.last)
      @lock.synchronize do
        next unless @recorder.running? && @open.delete(number)

        @recorder.event(number.to_s, NOTE, END_MARK)
        @recorder.pause if @open.empty?
      end
    end

    def end_all
      @lock.synchronize { self.end until @open.empty? || !@recorder.running? }
    end

    def open?
      !@open.empty?
    end
  end
end
