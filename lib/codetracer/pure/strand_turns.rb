# frozen_string_literal: true

# Whose events come now: strands that are new, that take their turn, that are over.
#
# Part of Recorder. Mirrors ext/codetracer_recorder/strand_end.c.
module CodeTracer
  module Pure
    module StrandTurns
      def thread_end
        exclusively { end_strands(@strands.delete_here) } if @strands.known_here?
      end

      private

      def running_strand
        strand = @strands.here? ? @strands.current : switch_strand
        return strand if strand.id.zero? || !@thread_names.note(strand)

        @timeline.event(Timeline::NOTE_KIND, "thread name", strand.name.to_s)
        @timeline.commit
        strand
      end

      def switch_strand
        strand, is_new, over = @strands.switch
        end_strands(over)
        @timeline.switch_to(strand)
        @thread_names.note(strand) if is_new && !strand.id.zero?
        @timeline.start_strand(strand) if is_new
        @timeline.commit
        strand
      end

      def end_strands(strands)
        strands.each do |strand|
          @timeline.end_strand(strand)
          @timeline.commit
          strand.frames.clear
        end
      end

      def end_dead_threads
        @lock.hold { end_strands(@strands.delete_dead) && nil }
      end
    end
  end
end
