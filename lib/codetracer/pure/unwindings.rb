# frozen_string_literal: true

# Exceptions on their way through a strand's calls: which are still on it, which were rescued.
#
# Used by Recorder. An exception is on its way until code runs again in the call that it was raised
# in, in an older one, or in a rescue; lines of `ensure` run while it still is. Mirrors the
# exceptions of ext/codetracer_recorder/event_hook.c, with what Ruby tells instead of control
# frames: `$!`, the rescue event (3.3), and the lines a method can return from.
require_relative "core"
require_relative "exception_details"
require_relative "exception_text"

module CodeTracer
  module Pure
    class Unwindings
      TEXT_SIZE_MAX = 400 # bytes kept of a message while its exception is on its way
      # Those without a :raise event.
      SILENT = { NoMemoryError => true, SystemStackError => true }.compare_by_identity.freeze
      EVENT_SIZE_MAX = 16 << 10 # and of one in its own event

      # Yields an Unwinding when an exception out of a library reaches recorded code.
      def initialize(class_names, filter, block_jumps, &report)
        @filter = filter
        @block_jumps = block_jumps
        @class_names = class_names
        @exception_text = ExceptionText.new(class_names, TOPLEVEL_BINDING.receiver)
        @details = ExceptionDetails.new(@exception_text, filter)
        @report = report
      end

      # At :raise.
      def begin(strand, exception, is_unreported:)
        depth = strand.frames.size
        drop_replaced(strand.pending, depth)
        unwinding = make(exception, depth, is_unreported)
        unwinding.detail = @details.of(exception)
        strand.put_exception(unwinding)
      end

      # The text and class of an exception, without a place.
      def make(exception, depth = 0, is_unreported = false)
        text = text_of(exception, TEXT_SIZE_MAX + ValueFilter::SECRET_SIZE_MAX)
        text = Text::SLICE.bind_call(@filter.mask(text), 0, TEXT_SIZE_MAX) # no half of a secret
        Unwinding.new(exception, class_name(exception), text, depth, is_unreported)
      end

      def class_name(exception)
        @class_names.name_of_class(Core::CLASS_OF.bind_call(exception))
      end

      # "KeyError: key not found", cut.
      def text_of(exception, size_max = EVENT_SIZE_MAX)
        @exception_text.whole(exception).b.byteslice(0, size_max)
      end

      # An exception of which nothing was told shows in the first clause that it comes to.
      def note_silent(strand, exception)
        return unless SILENT.key?(Core::CLASS_OF.bind_call(exception))
        return if same?(strand.silent, exception)

        strand.silent = exception
        self.begin(strand, exception, is_unreported: true)
        strand.pending.last.detail = detail_of(exception)
        report(strand.pending.last)
      end

      # When `throw` is called.
      def begin_throw(strand, tag)
        depth = strand.frames.size
        drop_replaced(strand.pending, depth)
        text = @exception_text.throw(tag)
        strand.put_exception(Unwinding.new(nil, "Unwound", text, depth, false, false, false, [tag]))
      end

      # Code calls a method in C, perhaps a clause before its first line; `error` is the `$!`.
      def reach_clause(strand, error)
        unwinding, depth = strand.pending.last, strand.frames.size
        return unless unwinding && unwinding.depth >= depth && same?(unwinding.exception, error)

        report(unwinding)
        unwinding.depth = depth
      end

      # At :rescue.
      def note_rescue(strand, exception)
        found = strand.pending.reverse_each.find { |other| same?(other.exception, exception) }
        found.is_rescued = true if found
      end

      # At :line; `error` is the `$!` of the program. Those that were rescued.
      def settle(strand, error, event, uncaught)
        pending, depth = strand.pending, strand.frames.size
        over = []
        while (unwinding = pending.last)
          break if depth > unwinding.depth

          if in_clause?(strand, unwinding, error, event)
            taken = enter_clause(strand, unwinding, event)
            break
          end
          break if uncaught.hold?(strand)

          over << pending.pop
        end
        return rescued(over) if taken.nil?

        drop_superseded(pending, depth)
        rescued(over) << taken
      end

      # The innermost call ends by `unwinding`: it goes on below.
      def pass(strand, unwinding)
        report(unwinding)
        unwinding.depth = strand.frames.size - 1
      end

      # A call that returns in order has rescued what was raised in it: that.
      def forget(strand)
        pending, depth = strand.pending, strand.frames.size
        over = []
        over << pending.pop while !pending.empty? && pending.last.depth >= depth
        rescued(over)
      end

      def report(unwinding)
        return unless unwinding.is_unreported

        unwinding.is_unreported = false
        @report.call(unwinding)
      end

      def same?(one, other)
        Core::EQUAL.bind_call(one, other)
      end

      # What an ensure held up may as well have been replaced by what the ensure did; what no code
      # of the program saw is no affair of it.
      def rescued(over)
        over.reject { |one| one.is_in_ensure || one.is_unreported || one.tag }
      end

      # Of one whose frames are gone.
      def detail_of(exception)
        @details.of(exception, [])
      end

      private

      # Whether the line is one of a clause that `unwinding` runs. A throw is no `$!` there.
      def in_clause?(strand, unwinding, error, event)
        return same?(unwinding.exception, error) if unwinding.tag.nil?

        @block_jumps.ensure?(event.path, event.lineno) && !strand.frames.empty?
      end

      # In a rescue, which takes the exception, or an ensure, which only holds it up. Rubies before
      # 3.3 do not tell which: its lines may, else the next line outside of it does.
      def enter_clause(strand, unwinding, event)
        report(unwinding)
        strand.top.is_in_rescue = true
        is_rescue = unwinding.is_rescued || @block_jumps.rescue?(event.path, event.lineno)
        return strand.pending.pop if is_rescue

        unwinding.depth = strand.frames.size
        unwinding.is_in_ensure = true
        nil
      end

      # Those in whose clauses the one that is rescued was raised.
      def drop_superseded(pending, depth)
        pending.pop while pending.last && pending.last.depth >= depth && !pending.last.is_in_ensure
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
