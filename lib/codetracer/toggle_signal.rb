# frozen_string_literal: true

# --toggle-signal: what a signal does while it is ours, and that it is the program's again.
#
# Made by Triggers. A handler that the program has set meanwhile is never taken away.
require_relative "hook_guard"

module CodeTracer
  class ToggleSignal
    # The block is called with each signal, in a handler.
    def initialize(name, &action)
      @name = name
      @is_over = false
      @handler = proc { HookGuard.call(&action) unless @is_over }
      @before = Signal.trap(name, &@handler)
    end

    # What is set is told only by setting another: ours, as a signal may come in between. nil is
    # what Ruby answers for an ignored one, and takes for it.
    def remove
      @is_over = true # for a handler of the program that calls the one before it
      present = Signal.trap(@name, &@handler)
      Signal.trap(@name, @handler.equal?(present) ? @before : present)
    end
  end
end
