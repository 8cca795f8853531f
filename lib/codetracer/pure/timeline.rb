# frozen_string_literal: true

# What the trace's one call stack shows: steps, calls and returns, and strands bent into slices.
#
# Used by Recorder. doc/format/strands.md is the contract; mirrors libctrace/src/trace/timeline_*.c.
# Every method appends to `@out`, and nothing reaches the trace before `commit`.
require_relative "held_timeline"
require_relative "strand"
require_relative "text"

module CodeTracer
  module Pure
    class Timeline
      include HeldTimeline

      SUSPENDED = "continues in a later slice"
      UNFINISHED = "still running when the recording ended"
      EVENT_PART_SIZE = 64 << 10
      ERROR_KIND = 11
      NOTE_KIND = 12

      # `counts_on_disk`: [steps, calls, events] of the trace as its last tail completed it.
      attr_reader :step_count, :call_count, :counts_on_disk

      # `main` is strand 0, `top` the position of `<top-level>`.
      def initialize(trace, values, main, top)
        @trace, @values, @main = trace, values, main
        @out, @is_resumed, @inherited = +"", false, nil
        @step_count = @call_count = @event_count = 0
        @open = @current = main
        main.first = main.last = top
        put_call(trace.function_id(top, "<top-level>"), "")
        put_step(top)
        @return_name = Text.decimal(trace.name_id("<return_value>"))
        commit
      end

      # ---- one event, all or nothing ----

      def commit
        text = @out
        return if text.empty?

        @out = +""
        @trace.append(text)
      end

      # In a forked child, whose trace is another one: strands but the main one are the parent's
      # until something comes of them; the main one's calls are opened again.
      def branch(strands)
        @out = +""
        @step_count = @call_count = @event_count = 0
        @inherited = @trace.inherited_sources
        strands.each do |strand|
          strand.is_inherited = !strand.equal?(@main)
          strand.held = nil
        end
        put_call(@trace.function_id(@main.first, "<top-level>"), "")
        put_step(@main.first)
        put_open_calls(@main)
        repeat_step if @current.equal?(@main)
        @open = @main
        @is_resumed = !@current.equal?(@main)
        commit
      end

      # Remembers where `restore` goes back to. hot
      def mark
        @marked_open = @open
        @marked_current = @current
        @marked_held = @current.held
        @marked_step_count = @step_count
        @marked_call_count, @marked_event_count = @call_count, @event_count
      end

      # Forgets all that came after the mark, which has to be made anew.
      def restore
        @open, @current = @marked_open, @marked_current
        @current.held = @marked_held
        @step_count, @call_count = @marked_step_count, @marked_call_count
        @event_count = @marked_event_count
        @out = +""
      end

      # ---- strands ----

      def start_strand(strand)
        @out << ",\n{\"ThreadStart\":#{Text.decimal(strand.id)}}"
      end

      # Events are the strand's from now on.
      def switch_to(strand)
        @current = strand
      end

      # Its frames stay for the caller to take away.
      def end_strand(strand)
        return if strand.is_inherited

        put_held(strand)
        end_calls_of(strand, strand.fiber? ? "ended with its fiber" : "ended with its thread")
        close_slice if @open.equal?(strand)
        @out << ",\n{\"ThreadExit\":#{Text.decimal(strand.id)}}"
      end

      # ---- what happens on the current strand ----

      # `values` is the text of the step's Value events, `passing` of those that are not shown when
      # the strand is shown there again. hot
      def step(position, values, passing = "")
        put_held(@current, is_judged: true) if @current.held
        enter(position) unless @open.equal?(@current)
        put_step(position)
        @out << values << passing
        strand = @current
        strand.last = position
        strand.last_values = values
        @is_resumed = false
      end

      def call(function, args)
        put_held(@current, is_judged: true)
        enter(function.position)
        put_step(function.position)
        put_call(function.id, args)
        @current.last = function.position
        @current.last_values = ""
        @is_resumed = false
      end

      # The step that a return is, and the return; the caller takes the frame away. `result` nil:
      # there is no value.
      def return_from(position, values, passing, result)
        step(position, values, passing)
        @current.last_values = ""
        return put_return(@values.encode_nil) unless result

        @out << ",\n{\"Value\":{\"variable_id\":#{@return_name},\"value\":#{result}}}"
        put_return(result)
      end

      # `count` calls of the current strand ended unseen.
      def unwind(count, reason)
        return if count.zero?

        put_held(@current)
        enter(@current.last)
        result = @values.encode_error("Unwound", reason)
        count.times { put_return(result) }
      end

      def event(kind, metadata, content)
        return hold(kind, content) if HeldEvents.wait?(@current.held, kind, metadata)

        put_held(@current)
        put_event(kind, metadata, content)
      end

      # The text that ends all calls as of now. `ending` is the value of `<top-level>`; nil: it
      # still runs.
      def tail(strands, ending)
        mark
        strands.each { |strand| end_calls_of(strand, UNFINISHED) unless strand.equal?(@main) }
        @current = @main
        enter(@main.last)
        end_calls(@main, UNFINISHED)
        put_return(ending || @values.encode_error("Unfinished", UNFINISHED))
        @counts_on_disk = [@step_count, @call_count, @event_count]
        @out
      ensure
        restore
      end

      private

      def put_event(kind, metadata, content)
        stand_at_event
        kind, metadata = Text.decimal(kind), Json.string(metadata)
        head = ",\n{\"Event\":{\"kind\":#{kind},\"metadata\":#{metadata},\"content\":"
        parts_of(content).each do |part|
          @event_count += 1
          @out << head << Json.string(Text.escape(part)) << "}}"
        end
      end

      def enter(position)
        open_slice(position) unless @open.equal?(@current)
      end

      def open_slice(position)
        strand = @current
        close_slice
        start_strand(strand) if strand.is_inherited
        strand.is_inherited = false
        @out << ",\n{\"ThreadSwitch\":#{Text.decimal(strand.id)}}"
        strand.first = strand.last = position unless strand.last
        begin_slice(strand) unless strand.equal?(@main)
        @open = strand
        @ended = nil
        @is_resumed = true
      end

      # The synthetic call that a slice is, and in it the strand's open calls.
      def begin_slice(strand)
        first = strand.first
        strand.function_id ||= @trace.function_id(first, strand.label)
        put_step(first)
        put_call(strand.function_id, "")
        put_open_calls(strand)
      end

      def put_open_calls(strand)
        strand.frames.each do |frame|
          put_step(frame.function.position)
          put_call(frame.function.id, frame.args)
        end
      end

      # The step that the main strand stands at, with what was shown there.
      def repeat_step
        put_step(@main.last)
        @out << @main.last_values.to_s
      end

      # The calls of a slice stay open in the strand, but for one that has ended. `@open` nil: a
      # foreign slice ended, the main strand has not come back.
      def close_slice
        strand = @open
        return if strand.nil? || strand.equal?(@main)

        unless strand.frames.empty? || strand.equal?(@ended)
          result = @values.encode_error("Suspended", SUSPENDED)
          strand.frames.size.times { put_return(result) }
        end
        put_return(@values.encode_nil)
        @open = nil
      end

      def end_calls_of(strand, reason)
        return if strand.frames.empty? || strand.is_inherited

        current = @current
        @current = strand
        enter(strand.last)
        @current = current
        end_calls(strand, reason)
      end

      def end_calls(strand, reason)
        return if strand.frames.empty?

        result = @values.encode_error("Unfinished", reason)
        strand.frames.size.times { put_return(result) }
        @ended = strand
      end

      # After a switch the strand's last step may have been one of a call that has returned since.
      def stand_at_event
        strand = @current
        position, values = strand.last, strand.last_values
        top = strand.top
        position, values = top.here, top.values if strand.is_resumed && top.here
        strand.is_resumed = false
        position ||= @main.first
        enter(position)
        step(position, values || "") if @is_resumed || position != strand.last
      end

      def parts_of(content)
        return [content] if content.bytesize <= EVENT_PART_SIZE

        parts = []
        while content.bytesize > EVENT_PART_SIZE
          size = EVENT_PART_SIZE
          size -= 1 while size > EVENT_PART_SIZE - 4 && content.getbyte(size) & 0xC0 == 0x80
          parts << content.byteslice(0, size)
          content = content.byteslice(size, content.bytesize)
        end
        parts << content
      end

      def put_step(position)
        @step_count += 1
        @inherited.require(position.file_id) if @inherited
        @out << position.step
      end

      def put_call(function_id, args)
        @call_count += 1
        id = @trace.shown_function_id(function_id)
        @out << ",\n{\"Call\":{\"function_id\":#{Text.decimal(id)},\"args\":[#{args}]}}"
      end

      def put_return(result)
        @out << ",\n{\"Return\":{\"return_value\":#{result}}}"
      end
    end
  end
end
