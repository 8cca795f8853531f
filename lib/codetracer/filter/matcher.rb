# frozen_string_literal: true

# Runs a pattern's program over a text: all states at once, byte by byte, never backwards.
#
# Used by the pure recorder and by `filter explain`; nothing is required, because the program would
# see it. Mirrors ext/codetracer_recorder/filter_pattern.c.
module CodeTracer
  module Filter
    class Matcher
      # `plain` is Pattern#to_a.
      def initialize(plain)
        code, @sets = plain
        @code = code.unpack("S*")
      end

      # Whether it matches anywhere in the text.
      def match?(text)
        bytes = text.b
        states = []
        index = 0
        while index <= bytes.bytesize
          seen = {}
          reached = []
          states.each { |state| return true if add(reached, seen, state, bytes, index) }
          return true if add(reached, seen, 0, bytes, index)

          states = after(reached, bytes.getbyte(index))
          index += 1
        end
        false
      end

      private

      # Follows what takes no byte; whether that leads to the end.
      def add(reached, seen, start, bytes, index)
        waiting = [start]
        until waiting.empty?
          state = waiting.pop
          next if seen[state]

          seen[state] = true
          operation, first, second = @code[3 * state, 3]
          case operation
          when 0 then return true
          when 1 then reached << state
          when 2 then waiting << first << second
          when 3 then waiting << first
          else waiting << state + 1 if holds?(operation, bytes, index)
          end
        end
        false
      end

      def holds?(operation, bytes, index)
        case operation
        when 4 then index.zero?
        when 5 then index == bytes.bytesize
        else edge?(bytes, index) == (operation == 6)
        end
      end

      def edge?(bytes, index)
        before = index.positive? && word?(bytes.getbyte(index - 1))
        behind = index < bytes.bytesize && word?(bytes.getbyte(index))
        before != behind
      end

      def word?(byte)
        byte >= 128 || byte == 95 || byte.between?(48, 57) || byte.between?(65, 90) ||
          byte.between?(97, 122)
      end

      def after(states, byte)
        return [] if byte.nil?

        taken = states.select do |state|
          @sets.getbyte(32 * @code[3 * state + 1] + byte / 8)[byte % 8] == 1
        end
        taken.map! { |state| state + 1 }
      end
    end
  end
end
