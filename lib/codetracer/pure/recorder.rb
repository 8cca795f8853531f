# frozen_string_literal: true

# From what a hook saw to what the timeline shows: one method for each kind of event.
#
# Made by CodeTracer::Pure, one a recording; fed by Hooks and OutputCapture. Everything runs under
# one lock, because a thread may be switched away from in the middle of a hook. Mirrors
# ext/codetracer_recorder/event_hook.c and capture.c.
require_relative "block_jumps"
require_relative "call_depth"
require_relative "call_ends"
require_relative "call_events"
require_relative "core"
require_relative "event_lock"
require_relative "flush_clock"
require_relative "forked_child"
require_relative "functions"
require_relative "locals"
require_relative "open_calls"
require_relative "pause_watch"
require_relative "secret_prompt"
require_relative "strand_table"
require_relative "strand_turns"
require_relative "thread_names"
require_relative "timeline"
require_relative "uncaught"
require_relative "unwindings"
require_relative "watched"
require_relative "whole_events"

module CodeTracer
  module Pure
    class Recorder
      include CallEvents
      include StrandTurns
      include WholeEvents

      DEEP_COUNT = 200 # calls; no stack overflows below that

      # Why recording ended early, or nil; what is held while the recorder works.
      attr_reader :failure, :lock
      attr_writer :handlers # a HandlerBlocks
      attr_accessor :c_calls # of which methods in C calls are shown: see CCalls; nil: of none
      attr_accessor :border_calls # whether those of skipped code are
      attr_accessor :block_frames # a BlockFrames, nil: blocks are steps of their methods

      attr_writer :watched # a Watched
      attr_writer :depth # a CallDepth

      # `places` tells the files, `values` shows objects; `start` is the position of `<top-level>`.
      # The block is called when recording cannot go on.
      def initialize(trace, places, values, start, &leave)
        @trace, @places, @values, @filter = trace, places, values, values.filter
        class_names = values.class_names
        @strands = StrandTable.new
        @positions = Positions.new
        @timeline = Timeline.new(trace, values, @strands.main, start)
        @functions = Functions.new(trace, class_names)
        @locals = Locals.new(trace, values)
        @watched = Watched.new([], trace, values)
        @thread_names = ThreadNames.new(@filter)
        @block_jumps = BlockJumps.new
        @unwindings = Unwindings.new(class_names, @filter, @block_jumps) do |unwinding|
          # out of a library
          @timeline.event(Timeline::ERROR_KIND, unwinding.detail, @filter.mask(unwinding.text))
        end
        @uncaught = Uncaught.new(@unwindings, @filter)
        @prompt = SecretPrompt.new(@filter)
        @open_calls = OpenCalls.new(@timeline, @unwindings)
        @depth = CallDepth.new(nil)
        @call_ends = CallEnds.new(@unwindings, @block_jumps, values) { |over| put_rescued(over) }
        @lock = EventLock.new
        @deferred = []
        @child = ForkedChild.new(@strands, @timeline, trace) { begin_child }
        @flush_clock = FlushClock.new
        @leave = leave
        @c_calls = @block_frames = @ending = nil
        flush
      end

      # [steps, calls, calls that ended without a return event]
      def counts
        [@timeline.step_count, @timeline.call_count, @open_calls.lost_count]
      end

      # The same on disk, and events.
      def counts_on_disk
        @timeline.counts_on_disk.dup.insert(2, @open_calls.lost_count)
      end

      # Whether this process is recorded: the one that the recording began in, or its child.
      def at_home?
        @child.recorded?
      end

      # ---- what happens ----

      # Whether no filter skips the code of an event in a recorded file.
      def recorded?(tracepoint, path_id)
        @filter.policy_of(path_id, tracepoint).is_traced
      end

      # hot
      def line(tracepoint, path_id)
        policy = @filter.policy_of(path_id, tracepoint)
        return unless policy.is_traced

        exclusively(policy) do |strand|
          next if @depth.hides?(strand)

          error = $!
          note_error(strand, error) if error
          over = @unwindings.settle(strand, error, tracepoint, @uncaught) unless
            strand.pending.empty?
          position = @positions.of(path_id, tracepoint.lineno)
          next if strand.blank_clause?(position.line)

          values, passing = shown(tracepoint)
          @timeline.step(position, values, passing)
          @call_ends.note_line(strand, position.line)
          strand.stand(position, values)
          put_rescued(over) if over
        end
      end

      # `path_id` is false inside of code that is not recorded.
      def raised(tracepoint, path_id)
        return unless path_id || @strands.known_here?

        path_id = false if path_id && !@filter.policy_of(path_id, tracepoint).is_traced
        return unless path_id || @strands.known_here?

        exclusively { |strand| put_raised(strand, tracepoint.raised_exception, path_id) }
      end

      def rescued(exception)
        exclusively { |one| @unwindings.note_rescue(one, exception) } if @strands.known_here?
      end

      # `throw` is called; what it leaves has a return event each.
      def thrown(tag)
        exclusively { |one| @unwindings.begin_throw(one, tag) } if @strands.known_here?
      end

      # A script or a string for eval was compiled.
      def script(tracepoint)
        hold do
          put_whole do
            is_file = @places.note(tracepoint)
            iseq = tracepoint.instruction_sequence
            @block_jumps.note(iseq) if is_file
            @handlers.note_script(iseq) if is_file && @block_jumps.has_end
            @block_frames.note(iseq) if is_file && @block_frames
          end
        end
      end

      # Recording pauses.
      def script_in_pause(tracepoint)
        iseq = tracepoint.instruction_sequence
        path = iseq.absolute_path
        @lock.hold { @block_jumps.note(iseq) && nil } if path && @filter.file?(path)
      end

      # `kind` is an EventLogKind, `text` any String; one that a trap wrote inside of a hook waits.
      def event(kind, metadata, text)
        return @deferred.push([kind, metadata, @filter.mask(text)]) if @lock.held_here?

        text = @prompt.pass(kind, text) if metadata.empty?
        exclusively do |strand|
          waits = HeldEvents.wait?(strand.held, kind, metadata)
          @timeline.event(kind, metadata, waits ? text : @filter.mask(text))
        end
      end

      # What the last of all at_exit blocks finds in `$!`. The exception that decides the exit
      # status.
      def note_ending(exception)
        decisive = exception
        exclusively do |strand|
          decisive = @uncaught.note(strand, exception) { |over| put_rescued(over) }
          @ending = @unwindings.make(exception) if exception
        end
        decisive
      end

      # Before the process is left without a word.
      def save
        put_held
        hold { flush }
      end

      def begin_child
        @watched.forget
        flush # a child that only forks again, or is killed, leaves a whole trace, too
      end

      # What is on disk is a whole trace; `ending` is the value of `<top-level>`, nil while it runs.
      def flush(ending = nil)
        return @leave.call unless at_home?

        @flush_clock.measure { @trace.flush(@timeline.tail(@strands.all, ending)) }
      rescue SystemCallError => e
        fail_by(e, e.message)
      end

      # After the last event.
      def finish
        put_held
        end_dead_threads
        put_uncaught
        hold { flush(@ending ? @call_ends.ended_by(@ending) : @values.encode_nil) }
      end

      # Hooks are off from now on. What the strands' calls become is watched.
      def pause
        put_held
        @watch = PauseWatch.new(@strands)
      end

      # The recording ends in the pause.
      def end_watch
        @watch.end
      end

      def resume
        @watch.end
        @lock.hold { @watch.drop_gone(@timeline, @open_calls) }
        end_dead_threads
      end

      private

      def note_error(strand, error)
        @open_calls.note_overflow(strand, error) if
          strand.frames.size > DEEP_COUNT || strand.is_left_out_doubtful
        @unwindings.note_silent(strand, error)
      end

      def put_raised(strand, exception, is_recorded)
        @uncaught.hold_first(strand)
        is_recorded &&= !@depth.hides?(strand)
        @depth.note_raise(strand)
        @unwindings.begin(strand, exception, is_unreported: !is_recorded)
        return unless is_recorded

        detail = strand.pending.last.detail
        text = @filter.mask(@unwindings.text_of(exception))
        @timeline.event(Timeline::ERROR_KIND, detail, text)
      end

      def put_held
        exclusively { @strands.all.each { |strand| @timeline.put_held(strand) } } if
          @strands.all.any?(&:held)
      end

      # Behind Ruby's own report.
      def put_uncaught
        return unless @uncaught.text

        exclusively { @timeline.event(Timeline::ERROR_KIND, @uncaught.detail, @uncaught.text) }
      end

      def put_rescued(unwindings)
        unwindings.each do |one|
          @timeline.event(Timeline::NOTE_KIND, "rescued", @filter.mask(one.text))
        end
      end
    end
  end
end
