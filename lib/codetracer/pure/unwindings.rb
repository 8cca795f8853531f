# frozen_string_literal: true

# Exceptions on their way through a strand's calls: which are still on it, which were rescued.
#
# Used by Recorder. An exception is on its way until code runs again in the call that it was raised
# in, in an older one, or in a rescue; lines of `ensure` run while it still is. Mirrors the
# exceptions of ext/codetracer_recorder/event_hook.c, with what Ruby tells instead of control
# frames: `$!`, the rescue event (3.3), and the lines a method can return from.
require_relative "core"
require_relative "exception_text"

module CodeTracer
  module Pure
    class Unwindings
      TEXT_SIZE_MAX = 400 # bytes kept of a message while its exception is on its way
      EVENT_SIZE_MAX = 16 << 10 # and of one in its own event
      LEFT = "left by throw, break or the end of its thread"

      # Yields an Unwinding when an exception out of a library reaches recorded code.
      def initialize(class_names, &report)
        @class_names = class_names
        @exception_text = ExceptionText.new(class_names, TOPLEVEL_BINDING.receiver)
        @report = report
      end

      # At :raise.
      def begin(strand, exception, is_unreported:)
        depth = strand.frames.size
        drop_replaced(strand.pending, depth)
        strand.put_exception(make(exception, depth, is_unreported))
      end

      # The text and class of an exception, without a place.
      def make(exception, depth = 0, is_unreported = false)
        text = text_of(exception, TEXT_SIZE_MAX)
        Unwinding.new(exception, class_name(exception), text, depth, is_unreported)
      end

      def class_name(exception)
        @class_names.name_of_class(Core::CLASS_OF.bind_call(exception))
      end

      # "KeyError: key not found", cut.
      def text_of(exception, size_max = EVENT_SIZE_MAX)
        @exception_text.whole(exception).b.byteslice(0, size_max)
      end

      # At :rescue.
      def note_rescue(strand, exception)
        found = strand.pending.reverse_each.find { |other| same?(other.exception, exception) }
        found.is_rescued = true if found
      end

      # At :line; `error` is the `$!` of the program.
      def settle(strand, error)
        pending, depth = strand.pending, strand.frames.size
        while (unwinding = pending.last)
          return if depth > unwinding.depth
          return enter_clause(strand, unwinding, depth) if same?(unwinding.exception, error)

          pending.pop
        end
      end

      # The one that ends the strand's innermost call, if one does; `line` is the return's.
      def ending(strand, line)
        unwinding = strand.pending.last
        return if unwinding.nil? || unwinding.depth < strand.frames.size || unwinding.is_rescued

        function = strand.frames.last.function
        returns_here = function.return_lines && function.return_lines.include?(line)
        returns_here && function.has_rescue ? nil : unwinding
      end

      # Whether a return of nil at `line` is a throw that passed through, and not a `return` in a
      # block or a clause.
      def thrown?(strand, line)
        frame = strand.frames.last
        function = frame.function
        return false if function.return_lines.nil? || function.return_lines.include?(line)
        return false if strand.ended_block(function) == function.method_name

        frame.here.nil? || !function.clause_lines.include?(frame.here.line)
      end

      # The innermost call ends by `unwinding`: it goes on below.
      def pass(strand, unwinding)
        report(unwinding)
        unwinding.depth = strand.frames.size - 1
      end

      # A call that returns in order has rescued what was raised in it.
      def forget(strand)
        pending, depth = strand.pending, strand.frames.size
        pending.pop while !pending.empty? && pending.last.depth >= depth
      end

      def report(unwinding)
        return unless unwinding.is_unreported

        unwinding.is_unreported = false
        @report.call(unwinding)
      end

      def same?(one, other)
        Core::EQUAL.bind_call(one, other)
      end

      private

      # In a rescue, which takes the exception, or an ensure, which only holds it up. Rubies before
      # 3.3 do not tell which: the next line outside of it does.
      def enter_clause(strand, unwinding, depth)
        report(unwinding)
        strand.top.is_in_rescue = true
        return strand.pending.pop if unwinding.is_rescued

        unwinding.depth = depth
        unwinding.is_in_ensure = true
      end

      # Of an exception that is raised while another is on its way, the other stays only if this
      # happens inside of its ensure.
      def drop_replaced(pending, depth)
        while (unwinding = pending.last)
          return if unwinding.depth < depth
          return if unwinding.is_in_ensure && unwinding.depth == depth

          pending.pop
        end
      end
    end
  end
end
