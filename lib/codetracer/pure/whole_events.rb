# frozen_string_literal: true

# How an event is written: alone, whole or not at all, and whatever comes for the program meanwhile.
#
# Part of Recorder. A signal's exception that arrives inside of a hook is the program's: it gets it
# when the event is written.
module CodeTracer
  module Pure
    module WholeEvents
      private

      # Yields the running strand. What the block puts into the timeline is written whole or not at
      # all. An exception that comes for the program meanwhile (Ctrl-C, Thread#raise) waits until
      # the block has run again; one that comes again is a fault of ours and ends the recording.
      # Written out, for blocks in blocks would be most of what a step costs. hot
      def exclusively(policy = nil)
        return unless @lock.take

        begin
          @leave.call unless @child.follow
          strand = running_strand
          @filter.policy = policy if policy
          @timeline.mark
          shown = @watched.mark
          begin
            yield(strand)
            @timeline.commit
          rescue Exception => e # rubocop:disable Lint/RescueException
            interruption = put_again(strand, e, shown) { yield(strand) }
          end
          after_event
        rescue SystemCallError => e
          fail_by(e, e.message)
        ensure
          @lock.leave
        end
        raise interruption if interruption
      end

      # As `exclusively`, without a strand. The exception that came meanwhile, or nil.
      def put_whole
        @timeline.mark
        shown = @watched.mark
        yield
        @timeline.commit
        nil
      rescue Exception => e # rubocop:disable Lint/RescueException
        put_again(nil, e, shown) { yield }
      end

      # What `exception` has interrupted, anew; the exception. `shown` is of Watched.
      def put_again(strand, exception, shown)
        @timeline.restore
        @watched.restore(shown)
        yield
        put_raised(strand, exception, true) if strand
        @timeline.commit
        exception
      rescue StandardError => own
        fail_by(own)
      end

      # What the block answers with is the lock's: an exception that came for the program, or nil.
      def hold
        @lock.hold do
          @leave.call unless @child.follow
          interruption = yield
          interruption if Exception === interruption
        rescue SystemCallError => e
          fail_by(e, e.message)
        end
      end

      def fail_by(error, reason = nil)
        @failure ||= reason || "#{error.class} in #{error.backtrace&.first}: #{error.message}"
        @leave.call
        nil
      end

      def after_event
        until @deferred.empty?
          kind, metadata, text = @deferred.shift
          @timeline.event(kind, metadata, text)
          @timeline.commit
        end
        @trace.budget.check(@timeline.step_count, @trace) { stop_recording }
        flush if @flush_clock.tick? && (@trace.full? || @flush_clock.due?)
      end

      # Nor are children that come now recorded.
      def stop_recording
        flush
        @trace.on_fork = nil
        @leave.call
      end
    end
  end
end
