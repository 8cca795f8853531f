# frozen_string_literal: true

# A lock that a signal handler may take, unlike a Mutex: one API call at a time.
#
# Used by recorder.rb. A handler that has interrupted the owner's own call goes through: what it
# interrupted cannot go on before it.
module CodeTracer
  class CallLock
    def initialize
      @tokens = Queue.new
      @tokens << true
      @owner = nil
    end

    def synchronize
      return yield if @owner == Thread.current

      take
      begin
        yield
      ensure
        @owner = nil
        @tokens << true
      end
    end

    private

    # Handlers run between Ruby's branches and returns: there is none between these two.
    def take
      @tokens.pop(true)
      @owner = Thread.current
    rescue ThreadError # somebody has it
      Thread.pass
      @tokens << true if left_behind?
      retry
    end

    # By a thread that was the owner when the process forked: it is not there in the child.
    def left_behind?
      owner = @owner
      return false if owner.nil? || owner.alive?

      @owner = nil
      true
    end
  end
end
