# frozen_string_literal: true

# One recording from start to closing line, and all its parts.
#
# Made by CodeTracer::Pure, ended by `stop` or by ProcessEnd.
require_relative "../recording_id"
require_relative "budget"
require_relative "facts_file"
require_relative "family"
require_relative "hooks"
require_relative "block_frames"
require_relative "handler_blocks"
require_relative "output_capture"
require_relative "places"
require_relative "process_end"
require_relative "recorder"
require_relative "trace_file"
require_relative "value_filter"
require_relative "values"

module CodeTracer
  module Pure
    class Recording
      WRITE = Core.take(IO, :syswrite)
      EXIT = Process.method(:exit!)
      EXIT_ABORTED = 97 # as in ext/codetracer_recorder/spool_link.h
      EXIT_NO_TRACE = 98

      # `options` as CodeTracer::Native.start takes them. Raises SystemCallError.
      def initialize(options)
        @options = options
        @started_at = clock
        @is_paused = false
        @stderr_at_start = STDERR.stat
        @recording_id = options[:recording_id] || RecordingId.make
        @trace = TraceFile.new(options[:out_dir], metadata)
        @facts = FactsFile.new(options.merge(shown_program: shown_program), @recording_id)
        @filter = ValueFilter.new(options)
        @places = Places.new(options, @trace, @filter)
        start = Position.new(@places.define_program(options[:program]), 1)
        @values = Values.new(limits, @trace, @filter, Serializers.new(options[:serializers] || []))
        @trace.budget = @budget = Budget.new(options)
        @trace.on_fork = method(:branch) if options[:children]
        @recorder = Recorder.new(@trace, @places, @values, start) { leave }
        handlers = HandlerBlocks.new(@recorder, @places, options[:block_frames])
        @recorder.handlers = handlers
        @recorder.c_calls = options[:c_calls]
        @recorder.border_calls = options[:border_calls]
        @recorder.depth = CallDepth.new(options[:call_depth])
        @recorder.block_frames = BlockFrames.new(handlers) if options[:block_frames]
        @recorder.watched = Watched.new(options[:watch], @trace, @values) if options[:watch]
        @output = OutputCapture.new(@recorder, options[:io], handlers)
        @hooks = hooks_class.new(@recorder, @places, @output)
      end

      def begin
        keep_script_lines
        ProcessEnd.watch
        ProcessEnd.recording = self
        @facts.write("recording")
        OutputCapture.current = @output
        @hooks.enable
      end

      # The program itself goes on.
      def pause
        return if @is_paused || @recorder.failure

        @is_paused = true
        @hooks.pause
        OutputCapture.current = nil
        @recorder.pause
      end

      def resume
        return unless @is_paused

        @is_paused = false
        @recorder.resume
        OutputCapture.current = @output
        @hooks.enable
      end

      def event(kind, metadata, text)
        @recorder.event(kind, metadata, text) unless @is_paused || @recorder.failure
      end

      def catch_up(tracepoint)
        @hooks.catch_up(tracepoint) unless @is_paused || @recorder.failure
      end

      def serialize(declared)
        @recorder.lock.hold { @values.declare(declared) && nil }
      end

      # Not in a forked child that is not recorded.
      def at_home?
        @recorder.at_home?
      end

      def note_ending(exception)
        is_recorded = @recorder.at_home? && !@recorder.failure && !@is_paused
        exception = @recorder.note_ending(exception) if is_recorded
        @ending = FactsFile.ending(exception)
      end

      def note_throw(tag)
        @recorder.thrown(tag) unless @is_paused || @recorder.failure
      end

      def save
        @recorder.save unless @recorder.failure
      end

      # The process is left without a word: by exit! or exec.
      def leave_unseen
        return unless @recorder.at_home?

        save
        write_facts(@recorder.failure ? "failed" : "interrupted", FactsFile::UNSEEN)
      end

      # Ends the recording of a program that goes on.
      def stop
        @ending = FactsFile::STOPPED
        @recorder.settle unless @is_paused || @recorder.failure
        close
      end

      # Completes the trace and says what it came to.
      def close
        @recorder.end_watch if @is_paused
        leave
        ProcessEnd.recording = nil
        return unless @recorder.at_home?

        @recorder.finish unless @recorder.failure || @budget.spent
        write_facts(end_state, @budget.spent ? FactsFile::UNSEEN : @ending || FactsFile::UNSEEN)
        say_result
        require_trace if @recorder.failure
      end

      private

      # This is a forked child: it goes on with a trace of its own, and leaves the closing line to
      # its parent. Raises SystemCallError.
      def branch(parent_pid)
        parent = Family.parent(parent_pid, @recording_id)
        folder = Family.make_folder(@options[:out_dir], Process.pid)
        @options = @options.merge(out_dir: folder, quiet: true)
        @recording_id, @started_at = RecordingId.make, clock
        @trace.branch(folder, metadata)
        @places.branch(folder)
        @facts = FactsFile.new(@options.merge(shown_program: shown_program), @recording_id, parent)
        @facts.write("recording")
      end

      # Nothing is recorded any more: the end, a failure, a forked child.
      def leave
        @hooks.disable
        OutputCapture.current = nil
        return unless @recorder&.failure && @options[:on_error] == "abort"

        say_result
        EXIT.call(EXIT_ABORTED)
      end

      # The program has ended, its recording before it.
      def require_trace
        EXIT.call(EXIT_NO_TRACE) if @options[:require_trace]
      end

      def end_state
        return "failed" if @recorder.failure

        @budget.spent ? "interrupted" : "complete"
      end

      def hooks_class
        return Hooks unless RUBY_ENGINE == "jruby"

        require_relative "jruby_hooks"
        JrubyHooks
      end

      def write_facts(state, ending)
        steps, calls, lost, events = @recorder.counts_on_disk
        values = @values.counts
        counts = { steps: steps, calls: calls, events: events, values_cut: values.cut_count,
                   values_not_captured: values.uncaptured_count, lost_frames: lost,
                   ractor_events: nil, spool_waits: nil, spool_wait_ns: nil,
                   values_hidden: @filter.hidden_count }
        failure = @recorder.failure || @budget.spent
        @facts.write(state, ending: ending, failure: failure && failure.lines.first.chomp,
                            duration_ns: ((clock - @started_at) * 1_000_000_000).to_i,
                            counts: counts)
      end

      def metadata
        { program: shown_program, args: @options[:args], workdir: @options[:workdir],
          recording_id: @recording_id }
      end

      def shown_program
        name = @options[:program]
        Text.escape(name.start_with?("/") ? name : "/codetracer/#{name}")
      end

      def limits
        { depth: @options[:depth], items: @options[:items],
          string_bytes: @options[:string_bytes], nodes: @options[:nodes] }
      end

      # The text of -e and of a script from standard input exists nowhere else.
      def keep_script_lines
        return unless Places::NAMELESS.key?(@options[:program])

        return unless defined?(RubyVM) && RubyVM.respond_to?(:keep_script_lines=)

        RubyVM.keep_script_lines = true
      end

      def say_result
        return say_failure("#{@recorder.failure.lines.first.chomp} [CT-201]") if
          @recorder.failure
        return if @options[:quiet]

        size = @trace.size.to_f
        shown = size < 1e6 ? format("%.1f kB", size / 1e3) : format("%.1f MB", size / 1e6)
        steps, calls, lost = @recorder.counts
        say([counted(steps, "step"), counted(calls, "call"), shown, *omissions(lost),
             *@budget.spent, format("%.2f s", clock - @started_at)].join(", ") + ": #{@trace.path}")
      end

      def say_failure(reason)
        say("recording ended early: #{reason} (what was recorded: #{@trace.path})")
      end

      def omissions(lost_count)
        [[@values.counts.cut_count, "value", "cut"],
         [@values.counts.uncaptured_count, "value", "not captured"],
         [@filter.hidden_count, "value", "redacted or dropped"],
         [lost_count, "call", "left without a return"]]
          .reject { |count,| count.zero? }
          .map { |count, noun, rest| "#{counted(count, noun)} #{rest}" }
      end

      def counted(count, noun)
        "#{grouped(count)} #{noun}#{'s' unless count == 1}"
      end

      def grouped(number)
        number.to_s.reverse.scan(/\d{1,3}/).join(",").reverse
      end

      # Not when the program has put something else in standard error's place.
      def say(text)
        stat = STDERR.stat
        return unless [stat.dev, stat.ino] == [@stderr_at_start.dev, @stderr_at_start.ino]

        WRITE.bind_call(STDERR, "codetracer: #{text}\n")
      rescue SystemCallError, IOError
        nil # it is closed
      end

      def clock
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
