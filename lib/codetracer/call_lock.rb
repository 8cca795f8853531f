# frozen_string_literal: true

# A lock that a signal handler may take, as it does not wait for a Mutex: one call at a time.
#
# Used by recorder.rb and Intervals. A handler that has interrupted the owner's own call goes
# through: what it interrupted cannot go on before it. A Mutex whose owner was left behind when the
# process forked is free in the child.
module CodeTracer
  class CallLock
    def initialize
      @mutex = Mutex.new
      @owner = nil
    end

    def synchronize
      return yield if mine?

      begin
        Thread.pass until @mutex.try_lock
        @owner = Thread.current
        yield
      ensure
        release
      end
    end

    private

    # The Mutex is a fiber's, the call a thread's.
    def mine?
      Thread.current.equal?(@owner) || @mutex.owned?
    end

    # An exception from outside may come before it is taken.
    def release
      return unless @mutex.owned?

      @owner = nil
      @mutex.unlock
    end
  end
end
