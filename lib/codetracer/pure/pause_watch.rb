# frozen_string_literal: true

# The calls that were open when a recording paused: which of them have ended when it goes on.
#
# Used by Recording. Only the methods of open calls are watched; all other code runs unhooked.
require_relative "core"

module CodeTracer
  module Pure
    class PauseWatch
      def initialize(strands)
        @strands = strands
        @begun = Hash.new(0).compare_by_identity # strand → calls since, that have not ended
        iseqs = strands.all.flat_map { |strand| strand.frames.map { |frame| frame.function.iseq } }
        @tracepoints = iseqs.compact.uniq.map { |iseq| watch(iseq) }
      end

      def end
        @tracepoints.each(&:disable)
      end

      # Ends the calls that are gone, each in a slice of its strand. Answers nil.
      def drop_gone(timeline, open_calls)
        @strands.all.each do |strand|
          next unless strand.frames.any?(&:is_gone)

          timeline.switch_to(strand)
          open_calls.drop_gone(strand)
        end
        timeline.switch_to(@strands.current)
        nil
      end

      private

      # The blocks inside of a block tell their ends with their beginnings.
      def watch(iseq)
        is_block = iseq.label.start_with?("block ")
        events = is_block ? %i[b_call b_return] : %i[call return]
        tracepoint = TracePoint.new(*events) { |event| note(event.event == events.first, iseq) }
        tracepoint.enable(target: iseq)
        tracepoint
      end

      def note(is_begin, iseq)
        strand = @strands.known
        return unless strand

        if is_begin
          @begun[strand] += 1
        elsif @begun[strand].positive?
          @begun[strand] -= 1
        else
          mark_gone(strand, iseq)
        end
      end

      # The innermost open call of that code, and what it has called.
      def mark_gone(strand, iseq)
        open = strand.frames.reject(&:is_gone)
        at = open.rindex { |frame| iseq.equal?(frame.function.iseq) }
        open.drop(at).each { |frame| frame.is_gone = true } if at
      end
    end
  end
end
