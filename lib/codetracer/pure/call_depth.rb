# frozen_string_literal: true

# --depth: calls deeper than so many open calls of a strand are left out, with all that runs in
# them.
#
# Used by Recorder. Such a call is told by counting calls and returns. After an exception in it
# these need not be pairs (`retry`, a stack overflow): then the stack is looked at. Mirrors
# ext/codetracer_recorder/call_depth.c.
require_relative "core"
require_relative "places"

module CodeTracer
  module Pure
    class CallDepth
      DEEP_COUNT = 200 # calls; no stack overflows below that

      # How many frames the program has on its stack, and what the newest is called.
      Left = Struct.new(:size, :label)

      # `max`: how many calls may be open, nil for any number.
      def initialize(max)
        @max = max
      end

      # Of a call that begins: whether it is left out.
      def leaves_out?(strand)
        return false unless @max
        return strand.left_out_count += 1 if hides?(strand)
        return false if strand.frames.size < @max

        strand.left_out_count = 1
        strand.left_out_frame = frame
        strand.is_left_out_doubtful = false
        true
      end

      # Of a call that ends.
      def left_out?(strand)
        return false unless hides?(strand)

        strand.left_out_count -= 1
        return true unless strand.is_left_out_doubtful

        strand.left_out_count = frame.size <= strand.left_out_frame.size ? 0 : DEEP_COUNT
        true
      end

      # Whether the code that runs is in a call that is left out. hot
      def hides?(strand)
        return false if strand.left_out_count.zero?
        return true unless doubtful?(strand)
        return true if inside?(strand.left_out_frame)

        strand.left_out_count = 0
        strand.is_left_out_doubtful = true # as are the calls outside of it
        false
      end

      # Whether no call into C that is made here is shown.
      def full?(strand)
        !@max.nil? && (hides?(strand) || strand.frames.size >= @max)
      end

      # An exception is raised.
      def note_raise(strand)
        strand.is_left_out_doubtful = true if strand.left_out_count.positive?
      end

      private

      # Where the program is.
      def frame
        locations = caller_locations(0).reject { |location| Places.own?(location) }
        Left.new(locations.size, locations.first && locations.first.label)
      end

      # A clause of the caller is as deep as what the caller calls.
      def inside?(outermost)
        now = frame
        now.size > outermost.size || now == outermost
      end

      def doubtful?(strand)
        strand.is_left_out_doubtful || SystemStackError.equal?(Core::CLASS_OF.bind_call($!)) ||
          (strand.left_out_count > DEEP_COUNT && caller_locations(strand.left_out_count, 1).nil?)
      end
    end
  end
end
