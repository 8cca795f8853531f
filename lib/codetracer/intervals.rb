# frozen_string_literal: true

# Which intervals are open, one within the other: recording is on while there is one.
#
# Made by Triggers; `recorder` is CodeTracer::Native or Pure. Beginning and end of each are events
# (doc/format/intervals.md). Calls may come from any thread, from hooks and from signal handlers:
# what a handler wants that has interrupted a change is done behind it, by what it interrupted.
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
      @changes = []
      @is_changing = false
      @count = 0
      recorder.instance_variable_set(:@intervals, self) # for OuterRecorder
    end

    # The recording is over.
    def forget
      @recorder.instance_variable_set(:@intervals, nil)
    end

    def wait
      change { @recorder.pause if @open.empty? }
    end

    # The number of the one that begins; nil where nothing is recorded any more. The block is called
    # at once when it is what switched recording on.
    def begin(reason, &switched_on)
      @lock.synchronize do
        next unless @recorder.running?

        number = @count += 1
        switched_on = nil if @is_changing
        change { put_begin(number, reason, &switched_on) }
        number
      end
    end

    # Of the one with that number, or the innermost.
    def end(number = nil)
      change { put_end(number || @open.last) }
    end

    def end_all
      change { put_end(@open.last) until @open.empty? || !@recorder.running? }
    end

    def open?
      !@open.empty?
    end

    private

    def change(&wanted)
      @lock.synchronize do
        @changes.push(wanted)
        make_changes unless @is_changing
      end
    end

    # No handler runs between the last look at what is wanted and the end.
    def make_changes
      @is_changing = true
      @changes.shift.call until @changes.empty?
    ensure
      @is_changing = false
    end

    def put_begin(number, reason)
      return unless @recorder.running?

      is_first = @open.empty?
      @open.push(number)
      @recorder.resume if is_first
      yield if is_first && block_given?
      @recorder.event("#{number} #{reason}", NOTE, BEGIN_MARK)
    end

    def put_end(number)
      return unless @recorder.running? && @open.delete(number)

      @recorder.event(number.to_s, NOTE, END_MARK)
      @recorder.pause if @open.empty?
    end
  end
end
