# frozen_string_literal: true

# One event at a time: threads may be switched in the middle of a hook.
#
# Used by Recorder. A Mutex is only tried, never waited for: a hook may run in a signal handler,
# where Ruby refuses to wait.
module CodeTracer
  module Pure
    class EventLock
      def initialize
        @mutex = Mutex.new
      end

      # The block answers with an exception that came for the program, or nil: it goes there when
      # the lock is free again. What runs inside of the recorder (a handler, a finalizer, a core
      # method that the program has redefined) is not recorded.
      def hold
        return unless take

        begin
          interruption = yield
        ensure
          leave
        end
        raise interruption if interruption
      end

      # The two halves of `hold`, where a block costs too much; false: it is held here already. hot
      def take
        return true if @mutex.try_lock
        return false if @mutex.owned?

        Thread.pass until @mutex.try_lock
        true
      end

      def leave
        @mutex.unlock
      end

      # By this thread or fiber, further down its stack.
      def held_here?
        @mutex.owned?
      end
    end
  end
end
