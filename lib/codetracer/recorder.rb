# frozen_string_literal: true

# Recording from inside a program: CodeTracer.record, start, stop, pause, resume, event.
#
# Required by programs; doc/api.md says how it behaves. All of it may be called from any thread and
# from a signal handler.
require_relative "call_lock"
require_relative "recording_session"
require_relative "serialized_class"

module CodeTracer
  EVENT_KINDS = %i[
    write write_file write_other read read_file read_other read_dir open_dir close_dir socket open
    error trace_log_event evm_event
  ].each_with_index.to_h.freeze

  @lock = CallLock.new
  @session = nil
  @outer_recorder = OuterRecorder.find
  @outer_intervals = @outer_recorder && OuterRecorder.intervals

  class << self
    # Records while the block runs; its value. Options: see SessionOptions.
    def record(**options)
      raise ArgumentError, "CodeTracer.record needs a block" unless block_given?

      session = @lock.synchronize { enter(options) }
      begin
        yield
      ensure
        @lock.synchronize { leave(session) }
      end
    end

    def start(**options)
      @lock.synchronize { enter(options) }
      nil
    end

    # Completes the trace, unless an outer `start` or `record` goes on with it.
    def stop
      @lock.synchronize do
        raise "CodeTracer.stop without a CodeTracer.start before it" unless @session

        leave(@session)
      end
      nil
    end

    def pause
      @lock.synchronize { intervals ? intervals.end_all : running_recorder&.pause }
      nil
    end

    def resume
      @lock.synchronize do
        next running_recorder&.resume unless intervals

        intervals.begin("CodeTracer.resume") unless intervals.open?
      end
      nil
    end

    # Puts a note of the program's own on the present step.
    def event(content, kind: :trace_log_event)
      raise TypeError, "an event's content is a String" unless content.is_a?(String)

      number = EVENT_KINDS[kind]
      raise ArgumentError, "unknown kind (there are: #{EVENT_KINDS.keys.join(', ')})" unless number

      running_recorder&.event(content, number)
      nil
    end

    # Has a flight recorder write what it keeps, into dumps/NUMBER below its folder, and go on.
    # Whether there is one.
    def dump(reason = "the program asked for it")
      raise TypeError, "a reason is a String" unless reason.is_a?(String)

      reason = reason.encode("UTF-8", invalid: :replace, undef: :replace).delete("\0")
      @lock.synchronize { running_recorder&.dump(reason) || false }
    end

    # Shows objects of the class, and of those below it, by the pairs of the Hash in that instance
    # variable, or by the listed instance variables alone.
    def serialize(klass, attributes:)
      declared = SerializedClass.check(klass, attributes)
      @lock.synchronize do
        RecordingSession.serializers << declared
        running_recorder&.serialize(declared)
      end
      nil
    end

    # Whether steps of this process go into a trace, now or after a pause.
    def recording?
      !running_recorder.nil?
    end

    private

    def enter(options)
      wanted = SessionOptions.new(options)
      session = current_session
      return begin_session(wanted) unless session

      session.check(wanted)
      session.depth += 1
      session
    end

    def begin_session(wanted)
      session = @session = RecordingSession.new(outer_recorder: @outer_recorder,
                                                outer_intervals: @outer_intervals)
      session.depth = 1
      session.begin(wanted)
    ensure
      # It could not begin, or a signal handler has stopped it meanwhile.
      finish(session) unless session&.begun? && session.equal?(@session)
    end

    def leave(session)
      return unless session.equal?(@session) # ended by a stop inside, or in a forked child

      session.depth -= 1
      finish(session) unless session.depth.positive?
    end

    def finish(session)
      @session = nil if session.equal?(@session)
      session&.finish
    end

    # A forked child has its parent's session, which does not record there.
    def current_session
      @session if @session&.alive?
    end

    # Of the recording that runs, or nil.
    def intervals
      @session ? @session.intervals : @outer_intervals
    end

    def running_recorder
      recorder = @session ? @session.recorder : @outer_recorder
      recorder if recorder&.running?
    end
  end
end
