# frozen_string_literal: true

# The exception that nobody rescues, from where it leaves <main> to the last event of the trace.
#
# Used by Recorder. at_exit blocks run between the two, and Ruby's report comes last. Mirrors
# ext/codetracer_recorder/uncaught.c.
require_relative "core"

module CodeTracer
  module Pure
    class Uncaught
      MAIN = "<main>"
      PAST_MAIN = -1 # a depth at which no code can rescue
      MARK = ",\"uncaught\":true}"

      # What the last event says, nil where there is none.
      attr_reader :detail, :text

      def initialize(unwindings, filter)
        @unwindings = unwindings
        @filter = filter
        @left_main = nil
        @text = nil
      end

      # Code runs outside of all calls. If <main> is gone this is an at_exit block: the newest
      # exception that is on its way may have left <main> or another block, and is not said to be
      # rescued before `note` knows. Whether that is so.
      def hold?(strand)
        newest = strand.pending.last
        return false if newest.nil? || !strand.frames.empty? || !strand.id.zero?
        return false if caller_locations(0).last(OLDEST).any? { |frame| frame.label == MAIN }

        newest.depth = PAST_MAIN
        @left_main ||= newest
        true
      end

      # The same where another one is raised.
      def hold_first(strand)
        hold?(strand) unless @left_main
      end

      # After the last at_exit block, which left `raised` in `$!`. Yields the Unwindings that were
      # rescued, with no line behind. The exception that decides the exit status.
      def note(strand, raised, &rescued)
        exception = left_main(raised)
        prepare(strand, exception) if exception
        over = strand.pending.reverse.reject { |one| comes_of?(raised, one.exception) }
        rescued.call(@unwindings.rescued(over))
        strand.pending.clear
        decides_status?(exception) && !decides_status?(raised) ? exception : raised
      end

      private

      OLDEST = 4 # frames of a stack: <main> is one of them
      private_constant :OLDEST

      # Ruby hands the exception that left <main> to each at_exit block as `$!`: what a block
      # raises in its place has it as a cause.
      def left_main(raised)
        @left_main && comes_of?(raised, @left_main.exception) ? @left_main.exception : raised
      end

      def comes_of?(raised, exception)
        until raised.nil?
          return true if @unwindings.same?(raised, exception)

          raised = ExceptionDetails::CAUSE.bind_call(raised)
        end
        false
      end

      def prepare(strand, exception)
        known = [*strand.pending, @left_main].compact.find do |one|
          @unwindings.same?(one.exception, exception)
        end
        @unwindings.report(known) if known
        return if @text || SystemExit === exception

        detail = known ? known.detail : @unwindings.detail_of(exception)
        @detail = detail.delete_suffix("}") + MARK
        @text = @filter.mask(@unwindings.text_of(exception))
      end

      def decides_status?(exception)
        SystemExit === exception || SignalException === exception
      end
    end
  end
end
