# frozen_string_literal: true

# The calls of --from's methods that are open, in each fiber: of each its interval, or nil.
#
# Used by Triggers: calls of fibers do not end in the order they began in. Fibers are known by their
# id, not held: what is left of one that was never resumed again goes when there are many.
require "fiber" unless Fiber.respond_to?(:current)

module CodeTracer
  class CallIntervals
    # So many are not worth a walk through the heap.
    COUNT_MIN = 256
    ID = BasicObject.instance_method(:__id__)

    def initialize
      @calls = {}
      @count_max = COUNT_MIN
    end

    # The current fiber's.
    def push(number)
      sweep if @calls.size >= @count_max
      (@calls[current] ||= []).push(number)
    end

    # The interval of the innermost call, if it has one.
    def pop
      open = @calls[current]
      return unless open

      number = open.pop
      @calls.delete(current) if open.empty?
      number
    end

    private

    def current
      ID.bind(Fiber.current).call
    end

    # With several Ractors the heap shows no fibers, not even this one.
    def sweep
      alive = {}
      ObjectSpace.each_object(Fiber) { |fiber| alive[ID.bind(fiber).call] = true }
      @calls.select! { |id, _| alive.key?(id) } if alive.key?(current)
      @count_max = [COUNT_MIN, 2 * @calls.size].max
    end
  end
end
