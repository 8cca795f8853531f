# frozen_string_literal: true

# Which of a strand's recorded calls are still open, when the VM did not say that they ended.
#
# Used by Recorder. A stack overflow ends calls without a return event, `retry` begins one again,
# and while hooks are off calls come and go unseen.
require_relative "core"
require_relative "functions"
require_relative "places"

module CodeTracer
  module Pure
    class OpenCalls
      LOST = "left without a return event"
      CLAUSE = /\A(block|rescue|ensure) /.freeze

      attr_reader :lost_count

      def initialize(timeline, unwindings)
        @timeline = timeline
        @unwindings = unwindings
        @lost_count = 0
      end

      # Drops the calls that ended unseen above the one that returns now; false: its call was not
      # recorded.
      def find(strand, tracepoint)
        name, path, frames = tracepoint.method_id, tracepoint.path, strand.frames
        at = frames.rindex { |frame| frame.function.names?(name, path) }
        return false if at.nil?

        lose(strand, frames.size - 1 - at)
        true
      end

      # The same for a block that is a function by itself.
      def find_function(strand, function)
        at = strand.frames.rindex { |frame| frame.function.equal?(function) }
        return false if at.nil?

        lose(strand, strand.frames.size - 1 - at)
        true
      end

      # The same for a block, which is the innermost that is open in its method.
      def find_block(strand, tracepoint)
        frames = strand.frames
        return false if frames.empty? || of_method?(frames.last.function, tracepoint)

        at = frames.rindex { |frame| of_event?(frame.function, tracepoint) }
        return false if at.nil?

        lose(strand, strand.frames.size - 1 - at)
        true
      end

      # A method in C calls another: perhaps itself, as `inspect` does.
      def note_nested(strand, tracepoint)
        frame = strand.frames.last
        return unless frame && of_callee?(frame, tracepoint)

        frame.nested_count = frame.nested_count.to_i + 1
      end

      # A method in C that is not shown: its return is not that of one which is.
      def note_unseen(strand, tracepoint)
        frame = strand.frames.reverse_each.find { |open| of_callee?(open, tracepoint) }
        frame.nested_count = frame.nested_count.to_i + 1 if frame
      end

      # The same for a method in C; it answers with the call.
      def find_c_call(strand, tracepoint)
        at = strand.frames.rindex { |frame| of_callee?(frame, tracepoint) }
        return if at.nil?
        return strand.frames[at].nested_count -= 1 if strand.frames[at].nested_count.to_i.positive?

        lose(strand, strand.frames.size - 1 - at)
        strand.frames.last
      end

      # The same for a class body.
      def find_body(strand, path)
        label = Functions.body_label.to_sym
        at = strand.frames.rindex { |frame| frame.function.names?(label, path) }
        return false if at.nil?

        lose(strand, strand.frames.size - 1 - at)
        true
      end

      # Whether a :call event is that of `retry` in the method's own rescue.
      def retry?(strand, function)
        frame = strand.frames.last
        frame && frame.is_in_rescue ? again?(strand, function) : false
      end

      # Whether the innermost call is of that function, and no other has begun: `retry`, or `redo`
      # of a block.
      def again?(strand, function)
        frame = strand.frames.last
        return false unless frame && frame.function.equal?(function)

        on_stack = caller_locations(0).count { |location| of_function?(location, function) }
        on_stack == strand.frames.count { |open| open.function.equal?(function) }
      end

      # At a line with `error` being handled: after a stack overflow calls are gone.
      def note_overflow(strand, error)
        return unless SystemStackError.equal?(Core::CLASS_OF.bind_call(error))

        drop_ended(strand) do
          @unwindings.note_silent(strand, error)
          Text.escape("unwound by #{@unwindings.text_of(error, Unwindings::TEXT_SIZE_MAX)}")
        end
      end

      # After a pause.
      def drop_gone(strand)
        lose(strand, strand.frames.count(&:is_gone))
      end

      # Finds the strand's calls on its stack, from the oldest on, and drops those that are gone.
      def drop_ended(strand, &why)
        frames = strand.frames
        alive = 0
        caller_locations(0).reverse_each do |location|
          break if alive == frames.size
          alive += 1 if of_function?(location, frames[alive].function)
        end
        lose(strand, frames.size - alive, &why)
      end

      # Those that were called when the stack was deeper.
      def drop_deeper(strand, depth)
        lose(strand, strand.frames.count { |frame| frame.depth > depth })
      end

      private

      # Whether the location is that of a call, not of a block or clause in it.
      def of_function?(location, function)
        return of_block?(location, function) if function.is_block

        function.names?(location.base_label.to_sym, location.path) &&
          !CLAUSE.match?(location.label)
      end

      # Whether it is a method that is a block itself, which ends.
      def of_method?(function, tracepoint)
        function.is_block && function.kind.nil? &&
          function.names?(tracepoint.method_id, tracepoint.path)
      end

      def of_callee?(frame, tracepoint)
        function = frame.function
        function.kind == :c && function.method_name == tracepoint.method_id &&
          Core::EQUAL.bind_call(frame.callee, tracepoint.self)
      end

      def of_event?(function, tracepoint)
        function.kind == :block && function.path == tracepoint.path &&
          function.method_name == tracepoint.method_id
      end

      def of_block?(location, function)
        location.path == function.path && location.base_label == function.base_label &&
          location.label.start_with?("block ")
      end

      # Yields for the text of why.
      def lose(strand, count)
        return if count.zero?

        reason = block_given? ? yield : LOST
        @lost_count += count
        @timeline.unwind(count, reason)
        @timeline.commit
        strand.pop(count)
      end
    end
  end
end
